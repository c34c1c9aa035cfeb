import MeshHTTP2
import Testing

@Suite("HeaderBlock")
struct HeaderBlockTests {
  @Test("fields keep their order, and names may repeat")
  func order() {
    var block: HeaderBlock = [":status": "200", "a": "1"]
    block.append("a", "2")
    #expect(block.description == ":status: 200\na: 1\na: 2")
    #expect(block.count == 3)
  }

  @Test("names are lower-cased, values are not")
  func lowerCase() {
    let block: HeaderBlock = ["X-Ünï-[Z]": "AbC"]
    #expect(block.description == "x-Ünï-[z]: AbC")
  }

  @Test("a look-up finds the first field of a name")
  func lookUp() {
    let block: HeaderBlock = ["aa": "0", "a": "1", "a": "2", "b": ""]
    #expect(block["a"] == "1")
    #expect(block["b"] == "")
    #expect(block["c"] == nil)
    #expect(block["aa"] == "0")
  }

  @Test("the size of a list is counted as HTTP/2 counts it")
  func listBytes() {
    let block: HeaderBlock = ["abc": "de", "f": ""]
    #expect(block.listBytes == 5 + 32 + 1 + 32)
    #expect(HeaderBlock().listBytes == 0)
  }

  @Test("bytes that are not text survive a copy from block to block")
  func bytes() {
    let value: [UInt8] = [0xff, 0x80, 0x41]
    var block = HeaderBlock()
    Array("k".utf8).withUnsafeBytes { name in
      value.withUnsafeBytes { block.append(name, $0, neverIndexed: true) }
    }
    var copy = HeaderBlock(capacity: 16)
    block.forEach { name, value, neverIndexed in
      #expect(neverIndexed)
      copy.append(name, value, neverIndexed: neverIndexed)
    }
    #expect(copy == block)
    var copied: [[UInt8]] = []
    copy.forEach { _, value, _ in copied.append(Array(value)) }
    #expect(copied == [value])
  }

  @Test("the mark of a secret makes a different block")
  func equality() {
    var secret = HeaderBlock()
    secret.append("a", "1", neverIndexed: true)
    #expect(secret != ["a": "1"])
  }
}
