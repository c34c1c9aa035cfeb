internal import CProtobufC

/// Turns the parts of a C struct in an arena into Swift values; generated code calls it.
package enum ProtoReader {
  /// The text of a string field.
  ///
  /// The pointer is null, protobuf-c's default, or an allocation of a ``ProtoArena``, whose size
  /// tells the length. Throws ``ProtoError/invalidString(path:)`` without a path.
  package static func string(_ pointer: UnsafePointer<CChar>?) throws(ProtoError) -> String {
    guard let pointer, pointer != protobuf_c_absent_string() else { return "" }
    // Shorter than it was on the wire: there is a NUL in it.
    guard let string = String(validatingCString: pointer),
      string.utf8.count == ArenaState.size(of: pointer) - 1
    else { throw .invalidString(path: "") }
    return string
  }

  /// The strings of a repeated field.
  ///
  /// - Throws: ``ProtoError/invalidString(path:)`` without a path.
  package static func strings(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int
  ) throws(ProtoError) -> [String] {
    var strings: [String] = []
    guard let pointer, count > 0 else { return strings }
    strings.reserveCapacity(count)
    for index in 0..<count { strings.append(try string(pointer[index])) }
    return strings
  }

  /// A copy of the bytes of a bytes field.
  package static func bytes(_ pointer: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
    [UInt8](UnsafeBufferPointer(start: pointer, count: pointer == nil ? 0 : count))
  }

  /// The byte strings of a repeated field, an array of `ProtobufCBinaryData`.
  package static func byteStrings(_ pointer: UnsafeRawPointer?, _ count: Int) -> [[UInt8]] {
    guard let pointer else { return [] }
    let data = pointer.assumingMemoryBound(to: ProtobufCBinaryData.self)
    return (0..<count).map { bytes(data[$0].data, data[$0].len) }
  }

  /// The numbers of a repeated field.
  package static func scalars<T: BitwiseCopyable>(
    _ pointer: UnsafePointer<T>?, _ count: Int
  ) -> [T] {
    [T](UnsafeBufferPointer(start: pointer, count: pointer == nil ? 0 : count))
  }

  /// The booleans of a repeated field.
  package static func booleans(_ pointer: UnsafePointer<Int32>?, _ count: Int) -> [Bool] {
    scalars(pointer, count).map { $0 != 0 }
  }

  /// The values of a repeated enum field.
  package static func enums<E: ProtoEnum>(_ pointer: UnsafeRawPointer?, _ count: Int) -> [E] {
    scalars(pointer?.assumingMemoryBound(to: Int32.self), count).map { E(rawValue: $0) }
  }

  /// The messages of a repeated field, an array of pointers.
  ///
  /// - Throws: What the messages' own reading throws.
  package static func messages<M: ProtoMessage>(
    _ pointer: UnsafeRawPointer?, _ count: Int
  ) throws(ProtoError) -> [M] {
    var messages: [M] = []
    guard let pointer, count > 0 else { return messages }
    messages.reserveCapacity(count)
    let elements = pointer.assumingMemoryBound(to: UnsafeRawPointer.self)
    for index in 0..<count { messages.append(try M(message: elements[index])) }
    return messages
  }

  /// A field of message type: nil when it was not sent.
  ///
  /// - Throws: What the message's own reading throws.
  package static func message<M: ProtoMessage>(
    _ pointer: UnsafeRawPointer?
  ) throws(ProtoError) -> M? {
    guard let pointer else { return nil }
    return try M(message: pointer)
  }

  /// The bytes of a string field as they came, without the NUL that ends them.
  static func text(_ pointer: UnsafePointer<CChar>?) -> UnsafeBufferPointer<UInt8> {
    guard let pointer, pointer != protobuf_c_absent_string() else {
      return UnsafeBufferPointer(start: nil, count: 0)
    }
    let raw = UnsafeRawPointer(pointer)
    return UnsafeBufferPointer(
      start: raw.assumingMemoryBound(to: UInt8.self), count: ArenaState.size(of: raw) - 1)
  }
}
