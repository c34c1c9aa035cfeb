/// The bytes of a statement's parameters, each in PostgreSQL's binary or text format.
///
/// Integers are big-endian, as the wire wants them.
package struct SQLBuffer: Sendable {
  private(set) var storage: [UInt8] = []
  /// Whether a text value held a zero byte, which PostgreSQL cannot store.
  private(set) var hasZeroInText = false

  init() {}

  /// The number of bytes so far.
  package var count: Int { storage.count }

  mutating func reserve(_ count: Int) {
    storage.reserveCapacity(count)
  }

  /// Appends an integer in network order.
  package mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { storage.append(contentsOf: $0) }
  }

  /// Appends raw bytes.
  package mutating func append(bytes: [UInt8]) {
    storage.append(contentsOf: bytes)
  }

  /// Appends text, remembering whether it can be stored at all.
  package mutating func append(text: String) {
    let start = storage.count
    var text = text
    text.withUTF8 { utf8 in
      storage.append(contentsOf: utf8)
    }
    if storage[start...].contains(0) { hasZeroInText = true }
  }

  mutating func append(_ other: SQLBuffer) {
    storage.append(contentsOf: other.storage)
    hasZeroInText = hasZeroInText || other.hasZeroInText
  }

  mutating func appendTerminator() {
    storage.append(0)
  }

  /// Appends a value with its length in front, as array elements are written; nil is NULL.
  mutating func appendElement(_ write: ((inout SQLBuffer) -> Void)?) {
    guard let write else {
      append(Int32(-1))
      return
    }
    let header = storage.count
    append(Int32(0))
    write(&self)
    let length = Int32(storage.count - header - 4).bigEndian
    withUnsafeBytes(of: length) { bytes in
      storage.replaceSubrange(header..<header + 4, with: bytes)
    }
  }
}
