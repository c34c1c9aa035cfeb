import Testing

@testable import MeshTLS

@Suite("SPIFFE IDs")
struct SPIFFEIDTests {
  @Test(
    "are read as the standard spells them",
    arguments: [
      ("spiffe://mesh/edge", "mesh", "/edge"),
      (
        "spiffe://mesh.example-1_2/ns/Prod/sa/web.v1_x-y", "mesh.example-1_2",
        "/ns/Prod/sa/web.v1_x-y"
      ),
    ])
  func good(text: String, domain: String, path: String) throws {
    let id = try #require(SPIFFEID(text))
    #expect(id.trustDomain == domain)
    #expect(id.path == path)
    #expect("\(id)" == text)
  }

  @Test(
    "are refused in any other spelling, and without a workload",
    arguments: [
      "", "spiffe://", "spiffe://mesh", "spiffe://mesh/", "spiffe:///edge", "SPIFFE://mesh/edge",
      "https://mesh/edge", "spiffe://Mesh/edge", "spiffe://mesh:443/edge", "spiffe://a@mesh/edge",
      "spiffe://mesh/edge/", "spiffe://mesh//edge", "spiffe://mesh/./edge", "spiffe://mesh/../edge",
      "spiffe://mesh/ed%67e", "spiffe://mesh/edge?x=1", "spiffe://mesh/edge#x", "spiffe://mesh/é",
      "spiffe://mesh/edge\0", " spiffe://mesh/edge",
      "spiffe://\(String(repeating: "d", count: 256))/edge",
      "spiffe://mesh/\(String(repeating: "p", count: 2048))",
    ])
  func bad(text: String) {
    #expect(SPIFFEID(text) == nil)
  }

  @Test("may be as long as the standard lets them be")
  func longest() {
    let domain = String(repeating: "d", count: SPIFFEID.trustDomainLimit)
    let start = "spiffe://\(domain)/"
    let path = String(repeating: "p", count: SPIFFEID.lengthLimit - start.utf8.count)
    #expect(SPIFFEID(start + path) != nil)
    #expect(SPIFFEID(start + path + "p") == nil)
  }
}
