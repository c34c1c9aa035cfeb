import MeshAPI
import MeshKit
import MeshProto
import MeshRPC
import Testing

@Suite struct ReflectionServiceTests {
  private typealias Request = GrpcReflectionV1.ServerReflectionRequest
  private typealias Response = GrpcReflectionV1.ServerReflectionResponse

  /// The answers to `questions` on one stream.
  private static func ask(_ questions: [Request.MessageRequest?]) async throws -> [Response] {
    var router = Router()
    HealthService(Health(), services: []).register(on: &router)
    ReflectionService(Catalog.files).register(on: &router)
    let call = try await GrpcReflectionV1.ServerReflectionClient(InProcessChannel(router))
      .serverReflectionInfo()
    for question in questions {
      try await call.write(Request(host: "mesh", messageRequest: question))
    }
    call.halfClose()
    var responses: [Response] = []
    for try await response in call.responses { responses.append(response) }
    return responses
  }

  private static func ask(
    _ question: Request.MessageRequest?
  ) async throws -> Response.MessageResponse? {
    try await ask([question]).first?.messageResponse
  }

  /// The names of the files that answer `question`.
  private static func files(_ question: Request.MessageRequest) async throws -> [String] {
    guard case .fileDescriptorResponse(let response) = try await ask(question) else { return [] }
    return response.fileDescriptorProto.map { encoded in
      encoded.withUnsafeBytes { bytes in
        var reader = WireReader(bytes)
        guard reader.tag()?.number == 1, let name = reader.delimited() else { return "" }
        return String(decoding: name, as: UTF8.self)
      }
    }
  }

  @Test("it lists what is served, itself and the older version of itself included")
  func services() async throws {
    let expected = [
      "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
    ]
    #expect(
      try await Self.ask(.listServices("*"))
        == .listServicesResponse(.init(service: expected.map { .init(name: $0) })))
  }

  @Test(
    "a file comes first, and behind it what it imports",
    arguments: [
      Request.MessageRequest.fileByFilename("tenantry/options/v1/policy.proto"),
      .fileContainingSymbol("tenantry.options.v1.Policy"),
      .fileContainingExtension(
        .init(containingType: "google.protobuf.MethodOptions", extensionNumber: 50801)),
    ])
  private func file(_ question: Request.MessageRequest) async throws {
    #expect(
      try await Self.files(question)
        == ["tenantry/options/v1/policy.proto", "google/protobuf/descriptor.proto"])
  }

  @Test(
    "a service and a method are symbols too",
    arguments: ["grpc.health.v1.Health", "grpc.health.v1.Health.Check"])
  func methods(_ symbol: String) async throws {
    #expect(try await Self.files(.fileContainingSymbol(symbol)) == ["grpc/health/v1/health.proto"])
  }

  @Test("it knows the extensions of a type")
  func extensions() async throws {
    let type = "google.protobuf.MethodOptions"
    #expect(
      try await Self.ask(.allExtensionNumbersOfType(type))
        == .allExtensionNumbersResponse(.init(baseTypeName: type, extensionNumber: [50801])))
  }

  @Test(
    "what it does not know is NOT_FOUND, and the stream goes on",
    arguments: [
      Request.MessageRequest.fileByFilename("no/such.proto"),
      .fileContainingSymbol("no.Such"), .allExtensionNumbersOfType("no.Such"),
      .fileContainingExtension(.init(containingType: "google.rpc.Status", extensionNumber: 1)),
    ])
  private func notFound(_ question: Request.MessageRequest) async throws {
    let responses = try await Self.ask([question, .listServices("")])
    #expect(responses.count == 2)
    #expect(
      responses.first?.messageResponse
        == .errorResponse(.init(errorCode: 5, errorMessage: "not found")))
  }

  @Test("a request without a question is INVALID_ARGUMENT")
  func nothing() async throws {
    guard case .errorResponse(let error) = try await Self.ask(nil) else {
      Issue.record("not an error")
      return
    }
    #expect(error.errorCode == 3)
  }

  @Test("an answer repeats its request")
  func original() async throws {
    let response = try #require(try await Self.ask([.listServices("x")]).first)
    #expect(response.validHost == "mesh")
    #expect(response.originalRequest == Request(host: "mesh", messageRequest: .listServices("x")))
  }
}
