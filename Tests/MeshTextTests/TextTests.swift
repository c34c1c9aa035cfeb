import Testing

@testable import MeshText

@Suite("Bytes as text")
struct TextTests {
  // RFC 4648 section 10.
  static let base64: [(String, String)] = [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ]

  @Test("RFC 4648's base64 examples hold both ways, padded or not", arguments: base64)
  func base64Examples(plain: String, text: String) {
    let bytes = [UInt8](plain.utf8)
    let bare = String(text.prefix(while: { $0 != "=" }))
    #expect(Base64.encode(bytes) == text)
    #expect(Base64.encode(bytes, padded: false) == bare)
    #expect(Base64.decode(text) == bytes)
    #expect(Base64.decode(bare, padding: .forbidden) == bytes)
    #expect(Base64.decode(text, padding: .optional) == bytes)
    #expect(Base64.decode(bare, padding: .optional) == bytes)
  }

  @Test("the two alphabets differ in their last two characters and are not mixed")
  func alphabets() {
    let bytes: [UInt8] = [0xfb, 0xff, 0xbf]
    #expect(Base64.encode(bytes) == "+/+/")
    #expect(Base64.encode(bytes, alphabet: .url) == "-_-_")
    #expect(Base64.decode("-_-_", alphabet: .url) == bytes)
    #expect(Base64.decode("-_-_") == nil)
    #expect(Base64.decode("+/+/", alphabet: .url) == nil)
  }

  @Test("a reader of either alphabet takes both, also in one text; it writes the standard one")
  func eitherAlphabet() {
    let bytes: [UInt8] = [0xfb, 0xff, 0xbf]
    for text in ["+/+/", "-_-_", "+_-/"] {
      #expect(Base64.decode(text, alphabet: .either) == bytes)
    }
    #expect(Base64.encode(bytes, alphabet: .either) == "+/+/")
  }

  @Test(
    "sloppy base64 is refused",
    arguments: ["Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "=", "====", "Z=g="])
  func sloppyBase64(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test("padding is refused where it is forbidden")
  func forbiddenPadding() {
    #expect(Base64.decode("Zg==", padding: .forbidden) == nil)
  }

  @Test("every byte survives base64 and hex")
  func everyByte() {
    for count in 0...70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }
    let all = [UInt8](0...255)
    #expect(Hex.decode(Hex.encode(all)) == all)
  }

  // RFC 4648 section 10.
  @Test("hex is written in lower case and read in either")
  func hex() {
    #expect(Hex.encode([UInt8]("foobar".utf8)) == "666f6f626172")
    #expect(Hex.decode("DEADbeef") == [0xde, 0xad, 0xbe, 0xef])
    #expect(Hex.decode("abc") == nil)
    #expect(Hex.decode("0g") == nil)
    #expect(Hex.decode("") == [])
  }
}
