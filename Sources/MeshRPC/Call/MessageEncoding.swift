import Synchronization

/// How the compressed messages of one direction of a call are compressed (gRPC over HTTP/2,
/// "Message-Encoding"; gRPC core, `doc/compression.md`).
///
/// Never let an encoding put a secret and text of somebody else's choosing into one message: the
/// size would tell the secret (CRIME).
package enum MessageEncoding: UInt8, Sendable, CaseIterable, AtomicRepresentable {
  /// Not at all.
  case identity
  /// RFC 1950.
  case deflate
  /// RFC 1952.
  case gzip

  /// What `grpc-encoding` carries.
  package var name: String {
    switch self {
    case .identity: "identity"
    case .deflate: "deflate"
    case .gzip: "gzip"
    }
  }

  /// The encoding of this name; nil for one that is not known here.
  package init?(name: String) {
    switch name {
    case "identity": self = .identity
    case "deflate": self = .deflate
    case "gzip": self = .gzip
    default: return nil
    }
  }
}

/// The encodings that one side of a call understands; `identity` goes without saying.
package struct MessageEncodings: OptionSet, Sendable {
  /// A bit for each encoding.
  package let rawValue: UInt8

  /// Makes a set from its bits.
  package init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// The set of one encoding.
  package init(_ encoding: MessageEncoding) {
    self.init(rawValue: encoding == .identity ? 0 : 1 << encoding.rawValue)
  }

  /// All that are known here.
  package static let all: MessageEncodings = [
    MessageEncodings(.gzip), MessageEncodings(.deflate),
  ]

  /// Reads `grpc-accept-encoding`: names between commas; unknown ones do not count.
  package init(list: UnsafeRawBufferPointer) {
    var set: MessageEncodings = []
    var start = 0
    for end in 0...list.count where end == list.count || list[end] == UInt8(ascii: ",") {
      while start < end, list[start] == UInt8(ascii: " ") { start += 1 }
      var last = end
      while last > start, list[last - 1] == UInt8(ascii: " ") { last -= 1 }
      let name = UnsafeRawBufferPointer(rebasing: list[start..<last])
      if name.isName("gzip") { set.insert(MessageEncodings(.gzip)) }
      if name.isName("deflate") { set.insert(MessageEncodings(.deflate)) }
      start = end + 1
    }
    self = set
  }

  /// What `grpc-accept-encoding` carries.
  package var list: String {
    let names = MessageEncoding.allCases.filter { contains(MessageEncodings($0)) }.map(\.name)
    return names.joined(separator: ",")
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func isName(_ name: StaticString) -> Bool {
    guard count == name.utf8CodeUnitCount else { return false }
    for index in indices where self[index] != name.utf8Start[index] { return false }
    return true
  }
}
