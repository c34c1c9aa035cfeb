/// An e-mail address in lower case: what people sign in with.
///
/// A dot-atom before the `@` (RFC 5322 section 3.2.3, at most 64 characters) and a domain of two
/// labels or more behind it (RFC 1035 section 2.3.1), 254 characters in all (RFC 5321 section
/// 4.5.3.1). Quoted local parts, address literals and other scripts are refused: an address that
/// its owner cannot type alike twice is no name.
struct EmailAddress: RawRepresentable, Sendable, Hashable {
  let rawValue: String

  /// Takes an address as people write it; nil when it is none.
  init?(rawValue text: String) {
    let address = text.lowercased()
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, address.utf8.count <= 254, Self.isLocalPart(parts[0]),
      Self.isDomain(parts[1])
    else { return nil }
    rawValue = address
  }

  /// What stands before the `@`.
  var localPart: Substring { rawValue.prefix { $0 != "@" } }

  private static func isLocalPart(_ text: Substring) -> Bool {
    text.utf8.count <= 64
      && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
        !atom.isEmpty && atom.utf8.allSatisfy { isAlphanumeric($0) || marks.contains($0) }
      }
  }

  private static func isDomain(_ text: Substring) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    // An all-numeric last label would be an IPv4 address (RFC 3696 section 2).
    guard labels.count >= 2, let last = labels.last, !last.allSatisfy(\.isNumber) else {
      return false
    }
    return labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
        && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
  }

  /// RFC 5322's atext beside letters and digits.
  private static let marks = Array("!#$%&'*+-/=?^_`{|}~".utf8)

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: false
    }
  }
}
