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

  @Test("drops the names that a predicate picks")
  func removes() {
    var metadata: Metadata = ["tenantry-caller": "forged", "authorization": "Bearer x"]
    metadata.remove { $0.hasPrefix("tenantry-") }
    #expect(metadata == ["authorization": "Bearer x"])
  }
}
