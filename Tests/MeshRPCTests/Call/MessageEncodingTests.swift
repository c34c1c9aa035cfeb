import Testing

@testable import MeshRPC

@Suite("Message encodings")
struct MessageEncodingTests {
  @Test(
    "are read from a list",
    arguments: [
      ("", []), ("identity", []), ("gzip", [.gzip]),
      ("identity, deflate, gzip", [.deflate, .gzip]),
      ("identity,deflate,gzip", [.deflate, .gzip]), ("br,gzip ,zstd", [.gzip]),
      ("br, gzip,zstd", [.gzip]), (",,", []), ("gzipped", []),
    ] as [(String, [MessageEncoding])])
  func reads(list: String, encodings: [MessageEncoding]) {
    let bytes = Array(list.utf8)
    let set = bytes.withUnsafeBytes { MessageEncodings(list: $0) }
    #expect(set == MessageEncodings(encodings.map { MessageEncodings($0) }))
  }

  @Test("are written as a list")
  func writes() {
    #expect(MessageEncodings.all.list == "identity,deflate,gzip")
    #expect(MessageEncodings(.identity).list == "identity")
  }

  @Test("have gRPC's names", arguments: MessageEncoding.allCases)
  func names(encoding: MessageEncoding) {
    #expect(MessageEncoding(name: encoding.name) == encoding)
    #expect(MessageEncoding(name: "br") == nil)
  }
}
