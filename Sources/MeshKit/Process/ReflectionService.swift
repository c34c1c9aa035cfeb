import MeshAPI
package import MeshProto
package import MeshRPC

/// gRPC's server reflection: tells clients such as grpcurl what is served and how it is described.
///
/// Source: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
///
/// Registered last, for it lists what the router serves by then.
package struct ReflectionService: RPCService {
  private typealias Request = GrpcReflectionV1.ServerReflectionRequest
  private typealias Response = GrpcReflectionV1.ServerReflectionResponse

  /// Version 1 and the one before it, which differ in nothing but their names.
  private static let methods = [
    GrpcReflectionV1.ServerReflectionMethods.serverReflectionInfo,
    GrpcReflectionV1alpha.ServerReflectionMethods.serverReflectionInfo,
  ]

  private let files: SchemaFiles

  /// Answers from `files`.
  package init(_ files: SchemaFiles) { self.files = files }

  /// Registers both versions.
  package func register(on router: inout Router) {
    let services = Set((router.methods + Self.methods).map(\.service)).sorted()
    for method in Self.methods {
      router.bidirectional(method) { (requests: TypedMessages<Request>, responses, _) in
        for try await request in requests {
          var response = Response(validHost: request.host, originalRequest: request)
          response.messageResponse = answer(request.messageRequest, services)
          try await responses.write(response)
        }
      }
    }
  }

  private func answer(
    _ question: Request.MessageRequest?, _ services: [String]
  ) -> Response.MessageResponse {
    switch question {
    case .fileByFilename(let name): answer(files.file(named: name))
    case .fileContainingSymbol(let symbol): answer(files.file(declaring: symbol))
    case .fileContainingExtension(let field):
      answer(
        files.file(declaring: .init(type: field.containingType, number: field.extensionNumber)))
    case .allExtensionNumbersOfType(let type):
      if let numbers = files.extensionNumbers(of: type) {
        .allExtensionNumbersResponse(.init(baseTypeName: type, extensionNumber: numbers))
      } else {
        failure(.notFound, "not found")
      }
    case .listServices:
      .listServicesResponse(.init(service: services.map { .init(name: $0) }))
    case nil: failure(.invalidArgument, "the request asks for nothing that is known")
    }
  }

  private func answer(_ file: SchemaFile?) -> Response.MessageResponse {
    guard let file else { return failure(.notFound, "not found") }
    return .fileDescriptorResponse(
      .init(fileDescriptorProto: files.withImports(file).map(\.encoded)))
  }

  private func failure(_ code: StatusCode, _ text: String) -> Response.MessageResponse {
    .errorResponse(.init(errorCode: Int32(code.rawValue), errorMessage: text))
  }
}
