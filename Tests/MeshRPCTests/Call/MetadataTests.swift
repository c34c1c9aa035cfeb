import Testing

@testable import MeshRPC

@Suite("Metadata")
struct MetadataTests {
  @Test("keeps repeated names in order")
  func repeatedNames() {
    var metadata = Metadata()
    metadata.add("one", for: "name")
    metadata.add(binary: [1, 2], for: "name-bin")
    metadata.add("two", for: "name")
    #expect(metadata.first("name") == "one")
    #expect(metadata.firstBinary("name-bin") == [1, 2])
    #expect(metadata.pairs.map(\.name) == ["name", "name-bin", "name"])
  }

  @Test("keeps binary values as they travel, and reads those that are base64")
  func binary() {
    var metadata = Metadata()
    metadata.add(binary: [0xAB], for: "one-bin")
    #expect(metadata.first("one-bin") == "qw")
    for text in ["!!", "qw==,!!,q6s"] {
      Array(text.utf8).withUnsafeBytes { metadata.add($0, for: "two-bin") }
    }
    #expect(metadata.firstBinary("two-bin") == [0xAB])
    #expect(
      metadata.pairs.map(\.value) == [.binary([0xAB]), .binary([0xAB]), .binary([0xAB, 0xAB])])
  }

  @Test("keeps the names that a predicate picks")
  func filters() {
    let metadata: Metadata = ["tenantry-caller": "forged", "authorization": "Bearer x"]
    #expect(metadata.filtered { !$0.hasPrefix("tenantry-") } == ["authorization": "Bearer x"])
  }

  @Test(
    "leaves out names that gRPC does not allow",
    arguments: ["", "Upper", "sp ace", "colon:", ":path", "ü", "a\n", "a/b"])
  func names(name: String) {
    var metadata: Metadata = ["_a-1.b": "kept"]
    metadata.add("value", for: name)
    #expect(metadata == ["_a-1.b": "kept"])
  }

  @Test("keeps a credential out of every compression table")
  func secret() {
    var marks: [Bool] = []
    let metadata: Metadata = ["authorization": "Bearer x", "plain": "y"]
    metadata.fields.forEach { _, _, neverIndexed in marks.append(neverIndexed) }
    #expect(marks == [true, false])
  }
}
