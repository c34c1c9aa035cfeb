/// The name of a workload, such as `spiffe://mesh.example/tenants` (the SPIFFE-ID standard).
package struct SPIFFEID: Sendable, Hashable, CustomStringConvertible {
  /// The longest name, in bytes (section 2.3).
  package static let lengthLimit = 2048
  /// The longest trust domain, in bytes (section 2.1).
  package static let trustDomainLimit = 255
  private static let scheme = "spiffe://"

  /// Whose authority vouches for the workload, such as `mesh.example`.
  package let trustDomain: String
  /// Which workload of the trust domain, such as `/tenants`; never empty.
  package let path: String

  /// Reads a name; nil for a text that is none by the standard, or that names a whole domain.
  ///
  /// The standard allows one spelling alone, without percent-encoding, so two names are the same
  /// workload exactly when their texts are the same.
  package init?(_ text: String) {
    guard text.utf8.count <= Self.lengthLimit, text.hasPrefix(Self.scheme) else { return nil }
    let rest = text.dropFirst(Self.scheme.count)
    guard let slash = rest.firstIndex(of: "/") else { return nil }
    let domain = String(rest[..<slash])
    let segments = rest[slash...].dropFirst().split(
      separator: "/", omittingEmptySubsequences: false)
    guard Self.isTrustDomain(domain), segments.allSatisfy(Self.isSegment) else { return nil }
    trustDomain = domain
    path = String(rest[slash...])
  }

  /// Whether `text` may name a trust domain: lower case letters, digits, `.`, `-` and `_`.
  package static func isTrustDomain(_ text: String) -> Bool {
    (1...trustDomainLimit).contains(text.utf8.count)
      && text.utf8.allSatisfy { isLower($0) || isDigit($0) || isMark($0) }
  }

  /// The form that is read back.
  package var description: String { Self.scheme + trustDomain + path }

  private static func isSegment(_ text: Substring) -> Bool {
    !text.isEmpty && text != "." && text != ".."
      && text.utf8.allSatisfy { isLower($0 | 0x20) || isDigit($0) || isMark($0) }
  }

  private static func isLower(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isMark(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
  }
}
