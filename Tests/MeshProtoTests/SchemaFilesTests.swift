import MeshProto
import TestMessages
import Testing

@Suite struct SchemaFilesTests {
  private static let everything = "everything.proto"

  @Test(
    "a file is found by all that it declares",
    arguments: [
      "meshtest.v1.Scalars", "meshtest.v1.Scalars.int32_value", "meshtest.v1.Maps.NamesEntry.key",
      "meshtest.v1.Color", "meshtest.v1.COLOR_RED", "meshtest.v1.Words.Type",
      "meshtest.v1.Words.TYPE_1ST", "meshtest.v1.Words.Register", "meshtest.v1.Choice.choice",
    ])
  func symbols(_ symbol: String) {
    #expect(Catalog.files.file(declaring: symbol)?.name == Self.everything)
  }

  @Test(
    "what nobody declares is not found",
    arguments: ["", "meshtest.v1", "Scalars", "meshtest.v1.Color.COLOR_RED", "everything.proto"])
  func unknown(_ symbol: String) {
    #expect(Catalog.files.file(declaring: symbol) == nil)
    #expect(Catalog.files.extensionNumbers(of: symbol) == nil)
  }

  @Test("a file comes with all that it imports, each once")
  func imports() throws {
    let file = try #require(Catalog.files.file(named: Self.everything))
    let names = Catalog.files.withImports(file).map(\.name)
    #expect(names.first == Self.everything)
    #expect(names.count == 8)
    #expect(Set(names).count == names.count)
    #expect(names.contains("google/protobuf/timestamp.proto"))
    #expect(Catalog.files.file(named: "no/such.proto") == nil)
  }

  @Test("a type without extensions has no numbers, and no field of it is one")
  func extensions() {
    #expect(Catalog.files.extensionNumbers(of: "meshtest.v1.Scalars") == [])
    #expect(Catalog.files.file(declaring: .init(type: "meshtest.v1.Scalars", number: 1)) == nil)
  }
}
