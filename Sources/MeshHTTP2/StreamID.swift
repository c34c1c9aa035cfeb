/// The number of a stream on its connection (RFC 9113 §5.1.1): odd when the client opened it.
package struct StreamID: RawRepresentable, Hashable, Comparable, Sendable {
  /// The number as it is on the wire, 1 to 2^31-1.
  package let rawValue: Int32

  /// Names the stream with this number.
  package init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// Tells which of two streams was opened first by the same peer.
  package static func < (left: StreamID, right: StreamID) -> Bool {
    left.rawValue < right.rawValue
  }
}

extension StreamID: CustomStringConvertible {
  /// The number in decimal, for logs.
  package var description: String { String(rawValue) }
}
