/// What a new password must be like.
///
/// The rule follows NIST SP 800-63B section 3.1.1.2: length and a list of common passwords, no
/// demands for kinds of characters.
enum PasswordPolicy {
  /// Characters as people count them.
  static let length = 12...256
  /// What one password may take in UTF-8, so that a few characters with a thousand accents each do
  /// not pass as short.
  static let byteLimit = 1024
  /// Shorter words of a name or an e-mail occur by chance in good passwords.
  static let personalWordLength = 4

  /// Why a password is refused.
  enum Violation: Error, Sendable, Equatable {
    case tooShort(Int)
    case tooLong(Int)
    case tooManyBytes(Int)
    /// Nothing in it but common passwords, runs on the keyboard, digits and punctuation.
    case common
    /// It contains the part of the e-mail address before the `@`.
    case containsEmail
    /// It contains a word of the person's name.
    case containsName
  }

  /// Throws the first rule that `password` breaks as the password of this person.
  static func check(
    _ password: String, email: EmailAddress, name: String
  ) throws(Violation) {
    let count = password.count
    guard count >= length.lowerBound else { throw .tooShort(count) }
    guard count <= length.upperBound else { throw .tooLong(count) }
    guard password.utf8.count <= byteLimit else { throw .tooManyBytes(password.utf8.count) }
    guard !CommonPasswords.isMadeOfThem(password) else { throw .common }
    let lowered = password.lowercased()
    if contains(lowered, personal: String(email.localPart)) { throw .containsEmail }
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    if (words + [words.joined()]).contains(where: { contains(lowered, personal: $0) }) {
      throw .containsName
    }
  }

  private static func contains(_ password: String, personal word: String) -> Bool {
    word.count >= personalWordLength
      && password.indices.contains { password[$0...].starts(with: word) }
  }
}

extension PasswordPolicy.Violation: CustomStringConvertible {
  /// The field and the rule, in words for the caller; never the password.
  var description: String {
    let length = PasswordPolicy.length
    return switch self {
    case .tooShort(let count):
      "password is \(count) characters; at least \(length.lowerBound) are needed"
    case .tooLong(let count):
      "password is \(count) characters; the limit is \(length.upperBound)"
    case .tooManyBytes(let count):
      "password is \(count) bytes; the limit is \(PasswordPolicy.byteLimit)"
    case .common:
      "password is made of common passwords, digits and keyboard runs only; add words of your own"
    case .containsEmail: "password contains the name in the e-mail address"
    case .containsName: "password contains the name"
    }
  }
}
