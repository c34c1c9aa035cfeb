package import MeshRPC
import MeshTLS

/// Which methods which peers may call between services; what no rule allows is denied.
///
/// Written as entries separated by commas, each a certificate's SPIFFE ID and the methods that it
/// may call, separated by spaces: `service/Method`, `service/*` for all of a service, `package.*`
/// for all services whose full name begins so. An ID alone may call every method:
///
///     spiffe://mesh/edge, spiffe://mesh/tenants tenantry.audit.v1.AuditService/AppendEvents
package struct PeerRules: Sendable, Equatable {
  /// The most entries that are read.
  package static let entryLimit = 1000

  /// The methods that an entry speaks of.
  private enum Methods: Sendable, Equatable {
    case every
    /// The path of one method, `/service/Method`.
    case method(String)
    /// Every path that begins so: `/service/`, or `/package.`.
    case beginning(String)

    func contains(_ path: String) -> Bool {
      switch self {
      case .every: true
      case .method(let own): path == own
      case .beginning(let start): path.utf8.starts(with: start.utf8)
      }
    }
  }

  private var byPeer: [String: [Methods]] = [:]

  /// Allows no certificate anything.
  package init() {}

  /// Reads the written form; throws a text that says which word is wrong.
  package init(parsing text: String) throws(PeerRuleError) {
    let entries = text.split(separator: ",", omittingEmptySubsequences: false)
    guard !text.allSatisfy(\.isWhitespace) else { return }
    guard entries.count <= Self.entryLimit else { throw .tooMany(limit: Self.entryLimit) }
    for entry in entries {
      let words = entry.split(whereSeparator: \.isWhitespace)
      guard let name = words.first else { throw .emptyEntry }
      guard let id = SPIFFEID(String(name)) else { throw .notAnIdentity(String(name)) }
      var methods: [Methods] = words.count == 1 ? [.every] : []
      for word in words.dropFirst() { methods.append(try Self.methods(word)) }
      byPeer["\(id)", default: []] += methods
    }
  }

  /// Whether `peer` may call the method at `path`.
  ///
  /// A process that may open this machine's mesh sockets may call everything: the file system has
  /// decided. A peer without an identity may call nothing.
  package func allow(_ peer: Peer, _ path: String) -> Bool {
    switch peer.trust {
    case .localSocket: true
    case .certificate(let name): byPeer[name]?.contains { $0.contains(path) } ?? false
    case .unknown: false
    }
  }

  private static func methods(_ word: Substring) throws(PeerRuleError) -> Methods {
    let slashes = word.count { $0 == "/" }
    if word.hasSuffix("/*"), slashes == 1, isName(word.dropLast(2)) {
      return .beginning("/\(word.dropLast())")
    }
    if word.hasSuffix(".*"), slashes == 0, isName(word.dropLast(2)) {
      return .beginning("/\(word.dropLast())")
    }
    let parts = word.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy(isName) else { throw .notMethods(String(word)) }
    return .method("/\(word)")
  }

  private static func isName(_ text: Substring) -> Bool {
    text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
  }
}

/// Why a text is no list of peer rules.
package enum PeerRuleError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Two commas follow each other.
  case emptyEntry
  /// An entry does not begin with a SPIFFE ID.
  case notAnIdentity(String)
  /// A word behind the ID names no methods.
  case notMethods(String)
  /// There are more entries than this.
  case tooMany(limit: Int)

  /// What is wanted instead, to follow "must".
  package var description: String {
    switch self {
    case .emptyEntry: "must have an identity between two commas"
    case .notAnIdentity(let word):
      "must begin each entry with an identity like spiffe://mesh/edge, not \(word)"
    case .notMethods(let word):
      "must name methods as service/Method, service/* or package.*, not \(word)"
    case .tooMany(let limit): "must have at most \(limit) entries"
    }
  }
}
