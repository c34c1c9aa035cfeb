package import MeshAPI
package import MeshRPC

/// gRPC's health checking protocol over the process's health.
///
/// The empty name is the whole process; every service that it hosts is as well as the process.
package struct HealthService: GrpcHealthV1.HealthHandler {
  private let health: Health
  private let services: Set<String>

  /// Tells `health` for the whole process and for `services`.
  package init(_ health: Health, services: Set<String>) {
    self.health = health
    self.services = services
  }

  /// Whether `path` is one of this service's methods, which need no credential.
  package static func serves(_ path: String) -> Bool { path.hasPrefix(pathPrefix) }

  private static let pathPrefix = "/\(GrpcHealthV1.HealthMethods.check.service)/"

  /// Answers once.
  package func check(
    _ request: GrpcHealthV1.HealthCheckRequest, _ call: ServerCall
  ) async throws -> GrpcHealthV1.HealthCheckResponse {
    guard isKnown(request.service) else {
      throw RPCError(.notFound, "unknown service \(request.service.prefix(128))")
    }
    return response(status(health.isServing))
  }

  /// Answers for every service.
  package func list(
    _ request: GrpcHealthV1.HealthListRequest, _ call: ServerCall
  ) async throws -> GrpcHealthV1.HealthListResponse {
    let now = response(status(health.isServing))
    var list = GrpcHealthV1.HealthListResponse()
    for service in services.union([""]) { list.statuses[service] = now }
    return list
  }

  /// Answers now and at every change.
  package func watch(
    _ request: GrpcHealthV1.HealthCheckRequest,
    _ writer: ResponseWriter<GrpcHealthV1.HealthCheckResponse>, _ call: ServerCall
  ) async throws {
    guard isKnown(request.service) else {
      // The protocol keeps such a stream open: the service may come.
      try await writer.write(response(.serviceUnknown))
      for await _ in health.watch() {}
      return
    }
    for await isServing in health.watch() { try await writer.write(response(status(isServing))) }
  }

  private func isKnown(_ service: String) -> Bool { service.isEmpty || services.contains(service) }

  private func status(
    _ isServing: Bool
  ) -> GrpcHealthV1.HealthCheckResponse.ServingStatus { isServing ? .serving : .notServing }

  private func response(
    _ status: GrpcHealthV1.HealthCheckResponse.ServingStatus
  ) -> GrpcHealthV1.HealthCheckResponse {
    var response = GrpcHealthV1.HealthCheckResponse()
    response.status = status
    return response
  }
}
