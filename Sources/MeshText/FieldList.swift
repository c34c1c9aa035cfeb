/// Pairs of a name and a value in one flat buffer: the header fields of HTTP/2, the metadata of a
/// call.
///
/// Names are in lower case and may repeat; pairs keep their order. A list is a value: keep one for
/// what is always the same and hand it out again and again, it is not copied.
package struct FieldList: Sendable, Hashable {
  /// The pairs, one behind the other.
  ///
  /// For each: the length of the name (4 bytes, the top bit says "never index"), the length of the
  /// value (4 bytes), the name, the value. Native byte order.
  private var bytes: [UInt8] = []
  /// How many pairs there are.
  package private(set) var count = 0

  /// The bytes in front of each pair.
  private static let prefixBytes = 8
  /// The bit of a name's length that says "never index" (RFC 7541 §6.2.3).
  private static let neverIndexedBit: UInt32 = 1 << 31

  /// An empty list with room for `capacity` bytes: for each pair its name, its value, and 8.
  package init(capacity: Int = 0) {
    if capacity > 0 { bytes.reserveCapacity(capacity) }
  }

  /// Whether there is no pair.
  package var isEmpty: Bool { count == 0 }
  /// How many bytes the pairs take: for each its name, its value, and 8.
  package var byteCount: Int { bytes.count }
  /// How many bytes fit without taking memory anew.
  package var capacity: Int { bytes.capacity }
  /// The size that limits of header lists speak of: for each field its name, its value and 32
  /// (RFC 9113 §6.5.2).
  package var listBytes: Int { bytes.count + count * (32 - Self.prefixBytes) }

  /// Adds a pair at the end.
  ///
  /// - Parameters:
  ///   - name: a name in lower case.
  ///   - value: any bytes; the caller answers for those that RFC 9113 §8.2.1 forbids.
  ///   - neverIndexed: no compression table on the way may keep the pair: for secrets, and for
  ///     values that never come again and would only drive others out.
  package mutating func append(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, neverIndexed: Bool = false
  ) {
    let nameWord = UInt32(name.count) | (neverIndexed ? Self.neverIndexedBit : 0)
    let added = Self.prefixBytes + name.count + value.count
    bytes.append(addingCapacity: added) { room in
      room.withUnsafeMutableBufferPointer { room, used in
        guard let start = UnsafeMutableRawPointer(room.baseAddress) else { return }
        start.storeBytes(of: nameWord, as: UInt32.self)
        start.storeBytes(of: UInt32(value.count), toByteOffset: 4, as: UInt32.self)
        let text = start + Self.prefixBytes
        if let bytes = name.baseAddress { text.copyMemory(from: bytes, byteCount: name.count) }
        if let bytes = value.baseAddress {
          (text + name.count).copyMemory(from: bytes, byteCount: value.count)
        }
        used = added
      }
    }
    count += 1
  }

  /// Adds a pair of texts at the end; the name is lower-cased.
  package mutating func append(_ name: String, _ value: String, neverIndexed: Bool = false) {
    let start = bytes.count + Self.prefixBytes
    var (name, value) = (name, value)
    name.withUTF8 { name in
      value.withUTF8 { value in
        append(
          UnsafeRawBufferPointer(name), UnsafeRawBufferPointer(value), neverIndexed: neverIndexed)
      }
    }
    for index in start..<start + name.utf8.count where bytes[index] &- 0x41 < 26 {
      bytes[index] |= 0x20
    }
  }

  /// Adds the pairs of another list at the end.
  package mutating func append(_ other: FieldList) {
    bytes.append(contentsOf: other.bytes)
    count += other.count
  }

  /// Adds the pairs of another list whose names satisfy `isKept`, without looking at their values.
  package mutating func append(
    _ other: FieldList, where isKept: (_ name: UnsafeRawBufferPointer) -> Bool
  ) {
    other.bytes.withUnsafeBytes { all in
      // What is kept goes in runs, and nearly always in one.
      var start = 0
      other.forEachPlace(in: all) { place in
        if isKept(UnsafeRawBufferPointer(rebasing: all[place.name])) {
          count += 1
        } else {
          bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: all[start..<place.start]))
          start = place.value.upperBound
        }
      }
      bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: all[start...]))
    }
  }

  /// Removes all pairs and keeps their memory.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    count = 0
  }
}

extension FieldList {
  /// Where a pair lies.
  private struct Place {
    let start: Int
    let name: Range<Int>
    let value: Range<Int>
    let neverIndexed: Bool
  }

  @inline(__always)
  private func forEachPlace(in all: UnsafeRawBufferPointer, _ body: (Place) -> Void) {
    var start = 0
    while start < all.count {
      let nameWord = all.loadUnaligned(fromByteOffset: start, as: UInt32.self)
      let valueCount = Int(all.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self))
      let name = start + Self.prefixBytes
      let value = name + Int(nameWord & ~Self.neverIndexedBit)
      body(
        Place(
          start: start, name: name..<value, value: value..<value + valueCount,
          neverIndexed: nameWord & Self.neverIndexedBit != 0))
      start = value + valueCount
    }
  }

  /// Calls `body` with each pair in order: its name, its value, and whether no compression table
  /// may keep it, which an intermediary passes on (RFC 7541 §7.1.3).
  ///
  /// The bytes lie in one heap object that does not move while somebody holds this list, and are
  /// good for that long.
  package func forEach(
    _ body:
      (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ neverIndexed: Bool) ->
      Void
  ) {
    bytes.withUnsafeBytes { all in
      forEachPlace(in: all) { place in
        body(
          UnsafeRawBufferPointer(rebasing: all[place.name]),
          UnsafeRawBufferPointer(rebasing: all[place.value]), place.neverIndexed)
      }
    }
  }

  /// What `body` makes of the first value of `name`, or nil when there is none; the bytes are good
  /// for the call only.
  ///
  /// Inlined, so that the compiler knows what `Result` is.
  @inlinable @inline(__always)
  package func withFirst<Result>(
    _ name: String, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    var found: Result?
    visitFirst(name) { found = body($0) }
    return found
  }

  /// Calls `body` with the first value of `name` when there is one.
  @usableFromInline
  package func visitFirst(_ name: String, _ body: (UnsafeRawBufferPointer) -> Void) {
    var name = name
    name.withUTF8 { wanted in
      var isFound = false
      forEach { name, value, _ in
        guard !isFound, name.equals(UnsafeRawBufferPointer(wanted)) else { return }
        isFound = true
        body(value)
      }
    }
  }

  /// The first value of `name` as text, or nil when there is none.
  package func first(_ name: String) -> String? {
    withFirst(name) { String(decoding: $0, as: UTF8.self) }
  }
}

extension FieldList: ExpressibleByDictionaryLiteral {
  /// A list of these pairs, in this order.
  package init(dictionaryLiteral pairs: (String, String)...) {
    self.init(capacity: 64 * pairs.count)
    for (name, value) in pairs { append(name, value) }
  }
}

extension FieldList: CustomStringConvertible {
  /// The pairs as `name: value`, one a line, for tests.
  ///
  /// Values may be secret: never log it.
  package var description: String {
    var lines: [String] = []
    forEach { name, value, _ in
      let value = String(decoding: value, as: UTF8.self)
      lines.append("\(String(decoding: name, as: UTF8.self)): \(value)")
    }
    return lines.joined(separator: "\n")
  }
}
