/// Writes one service: its methods, the protocol its handlers adopt, and its client.
struct ServiceEmitter {
  private let service: ServiceSchema
  private let planner: FieldPlanner
  private let policies: Policies?
  private let namespace: String

  init(
    _ service: ServiceSchema, in package: String, _ planner: FieldPlanner, _ policies: Policies?
  ) {
    self.service = service
    self.planner = planner
    self.policies = policies
    namespace = SwiftNames.namespace(package)
  }

  private var methodsName: String { "\(service.name)Methods" }

  func emit(to writer: inout SourceWriter) throws(GenerationError) {
    try writer.block("extension \(namespace)") { writer throws(GenerationError) in
      try emitMethods(&writer)
      writer.line()
      try emitHandler(&writer)
      writer.line()
      try emitClient(&writer)
    }
    writer.line()
    try emitRegistration(&writer)
  }

  private func emitMethods(_ writer: inout SourceWriter) throws(GenerationError) {
    writer.comment("", or: "The methods of `\(service.fullName)`.")
    try writer.block("package enum \(methodsName)") { writer throws(GenerationError) in
      for method in service.methods {
        writer.comment(method.comment, or: "The method `\(method.name)`.")
        let kind =
          switch (method.streamsRequests, method.streamsResponses) {
          case (false, false): "unary"
          case (true, false): "clientStreaming"
          case (false, true): "serverStreaming"
          case (true, true): "bidirectionalStreaming"
          }
        writer.list(
          "package static let \(SwiftNames.method(method.name)) = MeshRPC.MethodDescriptor(",
          [
            "service: \(service.fullName.literal), method: \(method.name.literal),"
              + " kind: .\(kind))"
          ], "")
      }
      if let policies { try emitPolicies(policies, &writer) }
    }
  }

  private func emitPolicies(
    _ policies: Policies, _ writer: inout SourceWriter
  ) throws(GenerationError) {
    var elements: [String] = []
    for method in service.methods {
      guard let policy = try policies.arguments(for: method) else { continue }
      elements += ["MethodPolicy(", "  method: \(SwiftNames.method(method.name)),"]
      elements += policy.map { "  \($0)," }
      elements += [
        "  request: \(try type(method.input)).descriptor,",
        "  response: \(try type(method.output)).descriptor,",
        "  summary: \(method.comment.flattened.literal)),",
      ]
    }
    writer.line("/// What the contract says about each of them, in its order.")
    writer.list("package static let policies: [MethodPolicy] = [", elements, "]")
  }

  private func emitHandler(_ writer: inout SourceWriter) throws(GenerationError) {
    writer.comment(service.comment, or: "What serves `\(service.fullName)`.")
    try writer.block(
      "package protocol \(service.name)Handler: MeshRPC.RPCService"
    ) { writer throws(GenerationError) in
      for method in service.methods {
        writer.comment(method.comment, or: "Serves the method `\(method.name)`.")
        let requests =
          method.streamsRequests
          ? "_ requests: MeshRPC.TypedMessages<\(try type(method.input))>"
          : "_ request: \(try type(method.input))"
        let responses =
          method.streamsResponses
          ? ["_ responses: MeshRPC.ResponseWriter<\(try type(method.output))>,"] : []
        let result = method.streamsResponses ? "" : " -> \(try type(method.output))"
        let name = SwiftNames.method(method.name)
        writer.list(
          "func \(name)(", ["\(requests),"] + responses + ["_ call: MeshRPC.ServerCall"],
          ") async throws\(result)")
      }
    }
  }

  private func emitRegistration(_ writer: inout SourceWriter) throws(GenerationError) {
    try writer.block(
      "extension \(namespace).\(service.name)Handler"
    ) { writer throws(GenerationError) in
      try writer.block(
        "package func register(on router: inout MeshRPC.Router)"
      ) { writer throws(GenerationError) in
        for method in service.methods {
          let name = SwiftNames.method(method.name)
          let descriptor = "\(namespace).\(methodsName).\(name)"
          let (kind, arguments) =
            switch (method.streamsRequests, method.streamsResponses) {
            case (false, false): ("unary", "$0, $1")
            case (true, false): ("clientStreaming", "$0, $1")
            case (false, true): ("serverStreaming", "$0, $1, $2")
            case (true, true): ("bidirectional", "$0, $1, $2")
            }
          writer.line("router.\(kind)(\(descriptor)) { try await self.\(name)(\(arguments)) }")
        }
      }
    }
  }

  private func emitClient(_ writer: inout SourceWriter) throws(GenerationError) {
    writer.comment("", or: "Calls `\(service.fullName)` over a channel.")
    try writer.block(
      "package struct \(service.name)Client: Sendable"
    ) { writer throws(GenerationError) in
      writer.line("private let client: MeshRPC.RPCClient")
      writer.line()
      writer.line("/// A client of the service that `channel` leads to.")
      writer.line("package init(_ channel: any MeshRPC.Channel) {")
      writer.line("  client = MeshRPC.RPCClient(channel)")
      writer.line("}")
      for method in service.methods {
        writer.line()
        writer.comment(method.comment, or: "Calls the method `\(method.name)`.")
        try emitCall(method, &writer)
      }
    }
  }

  private func emitCall(
    _ method: MethodSchema, _ writer: inout SourceWriter
  ) throws(GenerationError) {
    let input = try type(method.input)
    let output = try type(method.output)
    let options = "_ options: MeshRPC.CallOptions = MeshRPC.CallOptions()"
    let descriptor = "\(namespace).\(methodsName).\(SwiftNames.method(method.name))"
    let parameters: [String]
    let result: String
    let call: String
    switch (method.streamsRequests, method.streamsResponses) {
    case (false, false):
      parameters = ["_ request: \(input),", options]
      result = output
      call = "unary(\(descriptor), request, options)"
    case (false, true):
      parameters = ["_ request: \(input),", options]
      result = "MeshRPC.StreamingCall<\(input), \(output)>"
      call = "serverStreaming(\(descriptor), request, options)"
    case (true, false):
      parameters = [
        "\(options),",
        "_ write: @Sendable (MeshRPC.RequestWriter<\(input)>)"
          + " async throws(MeshRPC.RPCError) -> Void",
      ]
      result = output
      call = "clientStreaming(\(descriptor), options, write)"
    case (true, true):
      parameters = [options]
      result = "MeshRPC.StreamingCall<\(input), \(output)>"
      call = "bidirectional(\(descriptor), options)"
    }
    writer.list(
      "package func \(SwiftNames.method(method.name))(", parameters,
      ") async throws(MeshRPC.RPCError) -> \(result) {")
    writer.line("  try await client.\(call)")
    writer.line("}")
  }

  private func type(_ message: String) throws(GenerationError) -> String {
    try planner.swiftType(.message(message))
  }
}
