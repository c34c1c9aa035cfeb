internal import CProtobufC

/// The fields of a message that its schema does not know, as they came on the wire.
///
/// They are sent on unchanged, so a process may be older than its callers.
package struct UnknownFields: Sendable, Equatable {
  /// The fields' encoding: tag and value, one after the other.
  package private(set) var bytes: [UInt8] = []

  /// No unknown fields.
  package init() {}

  /// Copies the unknown fields of the C struct at `message`.
  @inline(__always)
  package init(message: UnsafeRawPointer) {
    let message = message.assumingMemoryBound(to: ProtobufCMessage.self)
    if message.pointee.n_unknown_fields > 0 { append(message) }
  }

  /// Hands the fields to the C struct at `message`, which lies in `arena`.
  @inline(__always)
  package func write(to message: UnsafeMutableRawPointer, in arena: ProtoArena) {
    if !bytes.isEmpty { copy(to: message, in: arena) }
  }

  private mutating func append(_ message: UnsafePointer<ProtobufCMessage>) {
    for index in 0..<Int(message.pointee.n_unknown_fields) {
      let field = message.pointee.unknown_fields[index]
      // protobuf-c lets numbers pass that no schema can have; nobody could read them again.
      guard field.tag > 0, field.tag < 1 << 29 else { continue }
      Varint.append(UInt64(field.tag) << 3 | UInt64(field.wire_type.rawValue), to: &bytes)
      bytes.append(contentsOf: UnsafeBufferPointer(start: field.data, count: field.len))
    }
  }

  private func copy(to message: UnsafeMutableRawPointer, in arena: ProtoArena) {
    let start = arena.bytes(bytes)
    var reader = WireReader(UnsafeRawBufferPointer(start: start, count: bytes.count))
    var fields: [ProtobufCMessageUnknownField] = []
    // The bytes were taken from a message that protobuf-c had parsed, so they parse again.
    while let (tag, wireType) = reader.tag() {
      let from = reader.offset
      guard reader.skip(wireType) else { break }
      fields.append(
        ProtobufCMessageUnknownField(
          tag: tag, wire_type: ProtobufCWireType(.init(wireType)), len: reader.offset - from,
          data: start + from))
    }
    message.assumingMemoryBound(to: ProtobufCMessage.self).append(unknown: fields, in: arena)
  }
}

extension ProtoArena {
  /// Has field `number` of the C struct at `message` sent although its value is -0.
  ///
  /// protobuf-c takes -0 for the default and leaves it out, so it is sent the way unknown fields
  /// are.
  @inline(__always)
  package func keepSign(of value: Double, _ number: UInt32, in message: UnsafeMutableRawPointer) {
    if value == 0, value.sign == .minus {
      append(
        negativeZero: [0, 0, 0, 0, 0, 0, 0, 0x80], PROTOBUF_C_WIRE_TYPE_64BIT, number, message)
    }
  }

  /// Has field `number` of the C struct at `message` sent although its value is -0.
  @inline(__always)
  package func keepSign(of value: Float, _ number: UInt32, in message: UnsafeMutableRawPointer) {
    if value == 0, value.sign == .minus {
      append(negativeZero: [0, 0, 0, 0x80], PROTOBUF_C_WIRE_TYPE_32BIT, number, message)
    }
  }

  private func append(
    negativeZero value: [UInt8], _ wireType: ProtobufCWireType, _ number: UInt32,
    _ message: UnsafeMutableRawPointer
  ) {
    let field = ProtobufCMessageUnknownField(
      tag: number, wire_type: wireType, len: value.count, data: bytes(value))
    message.assumingMemoryBound(to: ProtobufCMessage.self).append(unknown: [field], in: self)
  }
}

extension UnsafeMutablePointer<ProtobufCMessage> {
  /// Adds to the unknown fields of the message.
  fileprivate func append(unknown fields: [ProtobufCMessageUnknownField], in arena: ProtoArena) {
    let old = UnsafeBufferPointer(
      start: pointee.unknown_fields, count: Int(pointee.n_unknown_fields))
    let all = Array(old) + fields
    pointee.n_unknown_fields = UInt32(all.count)
    pointee.unknown_fields = arena.scalars(all)
  }
}
