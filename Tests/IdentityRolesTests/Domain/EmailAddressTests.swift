import Testing

@testable import IdentityRoles

@Suite("E-mail addresses")
struct EmailAddressTests {
  @Test(
    "an address is taken in lower case",
    arguments: [
      ("ada@example.com", "ada@example.com"),
      ("Ada.Lovelace@Example.COM", "ada.lovelace@example.com"),
      ("a+b_c-d'e@mail.a-b.example", "a+b_c-d'e@mail.a-b.example"), ("1@2.example", "1@2.example"),
      (Self.long(64) + "@example.com", Self.long(64) + "@example.com"),
    ])
  func taken(_ text: String, _ address: String) {
    #expect(EmailAddress(rawValue: text)?.rawValue == address)
  }

  @Test(
    "anything else is refused",
    arguments: [
      "", "ada", "@example.com", "ada@", "ada@localhost", "a@b@example.com", ".ada@example.com",
      "ada.@example.com", "a..b@example.com", "a b@example.com", "\"a b\"@example.com",
      "ada@[10.0.0.1]", "ada@10.0.0.1", "ada@-a.example", "ada@a-.example", "ada@a..example",
      "ada@example.com.", "ädä@example.com", "ada@bücher.example", "ada@example.com\n",
      "Ada <ada@example.com>", Self.long(65) + "@example.com",
      "a@" + Array(repeating: Self.long(63), count: 4).joined(separator: "."),
    ])
  func refused(_ text: String) {
    #expect(EmailAddress(rawValue: text) == nil)
  }

  @Test("the local part ends before the @")
  func localPart() {
    #expect(EmailAddress(rawValue: "ada.l@example.com")?.localPart == "ada.l")
  }

  private static func long(_ count: Int) -> String { String(repeating: "x", count: count) }
}
