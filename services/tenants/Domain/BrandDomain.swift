/// A tenant's vanity host name, in lower case, such as `crm.globex.example`.
///
/// Letters, digits and hyphens in labels of 1 to 63 characters, two labels at least, 253 characters
/// at most (RFC 1123 §2.1, RFC 1035 §2.3.4); other scripts come in their `xn--` form (RFC 5890).
struct BrandDomain: RawRepresentable, Sendable, Hashable {
  let rawValue: String

  /// Takes a host name as people write it; nil when it is none.
  init?(rawValue text: String) {
    let name = text.lowercased()
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    guard name.utf8.count <= 253, labels.count >= 2, labels.allSatisfy(Self.isLabel) else {
      return nil
    }
    // An all-numeric last label would read as an IPv4 address (RFC 3696 §2).
    guard let last = labels.last, !last.allSatisfy(\.isNumber) else { return nil }
    rawValue = name
  }

  private static func isLabel(_ label: Substring) -> Bool {
    (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
      && label.utf8.allSatisfy { character in
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}
