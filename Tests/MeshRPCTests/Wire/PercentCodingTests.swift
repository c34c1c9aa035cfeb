import Testing

@testable import MeshRPC

@Suite("grpc-message")
struct PercentCodingTests {
  @Test(
    "survives a round trip",
    arguments: ["", "plain text", "50% off", "tab\tline\n", "Grüße 👋", "%41"])
  func roundTrip(text: String) {
    let encoded = PercentCoding.encode(text)
    #expect(encoded.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    #expect(PercentCoding.decode(encoded) == text)
  }

  @Test("is encoded as the specification's example says")
  func example() {
    #expect(
      PercentCoding.encode("\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n")
        == "%09%0Atest with whitespace%0D%0Aand Unicode BMP %E2%98%BA"
        + " and non-BMP %F0%9F%98%88%09%0A"
    )
  }

  @Test("keeps broken escapes as they are", arguments: ["%", "%4", "%zz", "a%2"])
  func keepsBroken(text: String) {
    #expect(PercentCoding.decode(text) == text)
  }
}
