import Testing

@testable import IdentityRoles

@Suite("The password policy")
struct PasswordPolicyTests {
  private static let ada = EmailAddress(rawValue: "ada.king@example.com")

  private static func violation(
    _ password: String, name: String = "Ada Lovelace"
  ) throws -> PasswordPolicy.Violation? {
    let email = try #require(ada)
    do throws(PasswordPolicy.Violation) {
      try PasswordPolicy.check(password, email: email, name: name)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "a password of one's own is accepted",
    arguments: [
      "correct horse battery staple", "tea-kettle-47-violin", "Xq7!kfWp2#Lm", "wolke regen brücke",
      "我喜欢在下雨的时候散步看书", "k3rn3l-g4rd3n-9", String(repeating: "ab cd ef. ", count: 25),
      "monkeys ride bicycles", "6f1e9c0b7d2a48",
    ])
  func accepted(_ password: String) throws {
    #expect(try Self.violation(password) == nil)
  }

  @Test("the length counts characters, 12 to 256 of them")
  func length() throws {
    #expect(try Self.violation("kernelgard3") == .tooShort(11))
    #expect(try Self.violation("kernelgarden") == nil)
    #expect(try Self.violation(Self.letters(256)) == nil)
    #expect(try Self.violation(Self.letters(257)) == .tooLong(257))
    #expect(try Self.violation("👩‍👩‍👧‍👦kernelgar") == .tooShort(10))
    let heavy = String(repeating: "e" + String(repeating: "\u{301}", count: 60), count: 12)
    #expect(try Self.violation(heavy) == .tooManyBytes(heavy.utf8.count))
  }

  @Test(
    "a common password is refused in every dress",
    arguments: [
      "passwordpassword", "Password1234", "P@ssw0rd!2024", "p4ssw0rd####", "123456789012",
      "qwertyuiop12", "1q2w3e4r5t6y", "1qaz2wsx3edc", "asdfghjkl;'#", "aaaaaaaaaaaa",
      "abcdefghijkl", "lkjhgfdsa123", "letmein.letmein", "dragonmonkey99", "iloveyou2025!!",
      "zzz.zzz.zzz.zzz", "!!!!!!!!!!!!", "Administrator1", "passwort-geheim", "motdepasse1234",
      "summer2024!!x", "welcome2welcome", "QWERTZuiop123", "superman&batman", "q1w2e3r4t5y6",
    ])
  func common(_ password: String) throws {
    #expect(try Self.violation(password) == .common)
  }

  @Test("neither the e-mail's name nor the person's may be in it")
  func personal() throws {
    #expect(try Self.violation("my-ADA.KING-violin") == .containsEmail)
    #expect(try Self.violation("violin-Lovelace-7") == .containsName)
    #expect(try Self.violation("violin-boli-tea", name: "Bo Li") == .containsName)
    // Three letters occur by chance.
    #expect(try Self.violation("adagio for violins") == nil)
    #expect(try Self.violation("violin and teapot", name: "") == nil)
  }

  @Test("a refusal names the field and the rule and never the password")
  func descriptions() {
    #expect(
      PasswordPolicy.Violation.tooShort(3).description
        == "password is 3 characters; at least 12 are needed")
    #expect(
      PasswordPolicy.Violation.tooLong(300).description
        == "password is 300 characters; the limit is 256")
  }

  @Test("the list is of a few hundred words in lower case, three letters or more")
  func list() {
    let words = CommonPasswordList.words
    #expect(words.count > 300)
    #expect(words.allSatisfy { $0.count >= 3 && String($0) == String($0).lowercased() })
  }

  private static func letters(_ count: Int) -> String {
    String((0..<count).map { Array("kernlgard")[$0 % 9] })
  }
}
