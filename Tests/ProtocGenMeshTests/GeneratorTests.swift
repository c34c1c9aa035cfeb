import Testing

@testable import ProtocGenMesh

@Suite struct GeneratorTests {
  private static func source(of schema: Schema) throws -> String {
    try #require(try Generator(schema).run().first).content
  }

  private static func failure(_ schema: Schema) throws -> String {
    try #require(throws: GenerationError.self) { try Generator(schema).run() }.description
  }

  @Test("a method without a policy is refused by its name")
  func noPolicy() throws {
    let schema = Schemas.file(messages: [Schemas.message("Thing")], services: [Schemas.service()])
    #expect(
      try Self.failure(schema)
        == "tenantry.test.v1.ThingService.GetThing: has no policy; "
        + "give it option (tenantry.options.v1.policy) = { … }")
  }

  @Test(
    "methods of gRPC's and Google's packages need no policy", arguments: ["grpc.a", "google.a"])
  func exempt(_ package: String) throws {
    let schema = Schemas.file(
      package: package, messages: [Schemas.message("Thing", package: package)],
      services: [Schemas.service(package: package)])
    #expect(try !Self.source(of: schema).contains("MethodPolicy("))
  }

  @Test("a policy becomes a row of the table, with what it leaves out at its default")
  func policy() throws {
    let schema = Schemas.file(
      messages: [Schemas.message("Thing")], services: [Schemas.service(options: [Schemas.policy])])
    let source = try Self.source(of: schema)
    #expect(source.contains("plane: .`operator`,"))
    #expect(source.contains(#"permission: "things.\"read\"","#))
    #expect(source.contains("reasonRequired: false,"))
    #expect(source.contains(#"summary: "Finds a thing.""#))
  }

  @Test("without policies there are methods and clients, and nothing that asks for a policy")
  func withoutPolicies() throws {
    var schema = Schemas.file(messages: [Schemas.message("Thing")], services: [Schemas.service()])
    schema.parameter = "policies=false"
    let files = try Generator(schema).run()
    #expect(!files.contains { $0.content.contains("Polic") })
    #expect(files.contains { $0.content.contains("struct ThingServiceClient") })
  }

  @Test("a policy that cannot be read is refused")
  func brokenPolicy() throws {
    var policy = Schemas.policy
    policy.bytes.removeLast()
    let schema = Schemas.file(
      messages: [Schemas.message("Thing")], services: [Schemas.service(options: [policy])])
    #expect(
      try Self.failure(schema)
        == "tenantry.test.v1.ThingService.GetThing: its policy cannot be read")
  }

  @Test("what the runtime cannot carry is refused")
  func refused() throws {
    var optional = Schemas.field("name")
    optional.isProto3Optional = true
    #expect(
      try Self.failure(Schemas.file(messages: [Schemas.message("Thing", [optional])]))
        == "tenantry.test.v1.Thing.name: is optional; use a oneof or a message for presence")
    var renamed = Schemas.field("name")
    renamed.jsonName = "title"
    #expect(
      try Self.failure(Schemas.file(messages: [Schemas.message("Thing", [renamed])]))
        == "tenantry.test.v1.Thing.name: has a json_name of its own, which is not supported")
    #expect(
      try Self.failure(Schemas.file(messages: [Schemas.message("Thing", [Schemas.field("self")])]))
        == "tenantry.test.v1.Thing.self: cannot be expressed in Swift; rename it")
    #expect(
      try Self.failure(Schemas.file(syntax: "proto2"))
        == "test.proto: is proto2; only proto3 is supported")
    #expect(
      try Self.failure(Schemas.file(package: ""))
        == "test.proto: has no package; every file needs one")
  }

  @Test("a message that would pass for a map's entry is refused")
  func imitatedMap() throws {
    let entry = Schemas.message(
      "Thing.LabelsEntry", [Schemas.field("key"), Schemas.field("value", 2)])
    let labels = Schemas.field("labels", 1, .message(entry.fullName), isRepeated: true)
    let thing = Schemas.message("Thing", [labels], nested: [entry])
    #expect(
      try Self.failure(Schemas.file(messages: [thing]))
        == "tenantry.test.v1.Thing.labels: looks like a map; use a map, or rename "
        + "tenantry.test.v1.Thing.LabelsEntry")
  }

  @Test("only a field that leads back to its message is boxed")
  func boxes() throws {
    let there = Schemas.message(
      "There", [Schemas.field("back", 1, .message("tenantry.test.v1.Back"))])
    let back = Schemas.message(
      "Back",
      [
        Schemas.field("there", 1, .message("tenantry.test.v1.There")),
        Schemas.field("list", 2, .message("tenantry.test.v1.There"), isRepeated: true),
        Schemas.field("leaf", 3, .message("tenantry.test.v1.Leaf")),
      ])
    let source = try Self.source(
      of: Schemas.file(messages: [there, back, Schemas.message("Leaf")]))
    #expect(source.contains("@Boxed package var back: TestV1.Back? = nil"))
    #expect(source.contains("@Boxed package var there: TestV1.There? = nil"))
    #expect(source.contains("  package var list: [TestV1.There] = []"))
    #expect(source.contains("  package var leaf: TestV1.Leaf? = nil"))
    #expect(!source.contains("@Boxed package var leaf"))
  }

  @Test("an option that is not known is refused")
  func options() {
    var schema = Schemas.file()
    schema.parameter = "speed=high"
    #expect(throws: GenerationError.self) { try Generator(schema).run() }
  }

  @Test("input that is no request is refused")
  func garbage() {
    #expect(throws: GenerationError.self) { try RequestReader.read([0xFF, 0xFF]) }
    #expect(throws: GenerationError.self) { try ServiceStripper.strip([0xFF, 0xFF]) }
  }
}
