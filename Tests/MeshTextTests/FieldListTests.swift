import MeshText
import Testing

@Suite("A list of fields")
struct FieldListTests {
  @Test("fields keep their order, and names may repeat")
  func order() {
    var list: FieldList = [":status": "200", "a": "1"]
    list.append("a", "2")
    #expect(list.description == ":status: 200\na: 1\na: 2")
    #expect(list.count == 3)
  }

  @Test("names are lower-cased, values are not")
  func lowerCase() {
    let list: FieldList = ["X-Ünï-[Z]": "AbC"]
    #expect(list.description == "x-Ünï-[z]: AbC")
  }

  @Test("a look-up finds the first field of a name")
  func lookUp() {
    let list: FieldList = ["aa": "0", "a": "1", "a": "2", "b": ""]
    #expect(list.first("a") == "1")
    #expect(list.first("b") == "")
    #expect(list.first("c") == nil)
    #expect(list.first("aa") == "0")
  }

  @Test("the size of a list is counted as HTTP/2 counts it")
  func listBytes() {
    let list: FieldList = ["abc": "de", "f": ""]
    #expect(list.listBytes == 5 + 32 + 1 + 32)
    #expect(FieldList().listBytes == 0)
  }

  @Test("bytes that are not text survive a copy from list to list")
  func bytes() {
    let value: [UInt8] = [0xff, 0x80, 0x41]
    var list = FieldList()
    Array("k".utf8).withUnsafeBytes { name in
      value.withUnsafeBytes { list.append(name, $0, neverIndexed: true) }
    }
    var copy = FieldList(capacity: 16)
    list.forEach { name, value, neverIndexed in
      #expect(neverIndexed)
      copy.append(name, value, neverIndexed: neverIndexed)
    }
    #expect(copy == list)
    var copied: [[UInt8]] = []
    copy.forEach { _, value, _ in copied.append(Array(value)) }
    #expect(copied == [value])
  }

  @Test("the mark of a secret makes a different list")
  func equality() {
    var secret = FieldList()
    secret.append("a", "1", neverIndexed: true)
    #expect(secret != ["a": "1"])
  }

  @Test(
    "what is taken over by name keeps its order, whatever is left out",
    arguments: [
      ("", "a: 1\nbb: 2\nccc: 3"), ("a", "bb: 2\nccc: 3"), ("bb", "a: 1\nccc: 3"),
      ("ccc", "a: 1\nbb: 2"), ("a bb ccc", ""), ("a ccc", "bb: 2"),
    ])
  func kept(left: String, text: String) {
    let all: FieldList = ["a": "1", "bb": "2", "ccc": "3"]
    let left = left.split(separator: " ")
    var list: FieldList = ["first": ""]
    list.append(all) { !left.contains(Substring(decoding: $0, as: UTF8.self)) }
    #expect(list.description == (text.isEmpty ? "first: " : "first: \n" + text))
    #expect(list.count == 1 + 3 - left.count)
  }

  @Test("a list that is emptied keeps its memory, and one that was handed out its pairs")
  func removal() {
    var list = FieldList(capacity: 400)
    list.append("a", "1")
    let (given, room) = (list, list.capacity)
    list.removeAll()
    #expect(list.isEmpty)
    #expect(list.capacity >= room)
    #expect(given == ["a": "1"])
  }
}
