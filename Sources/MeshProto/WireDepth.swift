internal import CProtobufC

/// Measures how deep an encoded message is nested, before protobuf-c recurses into it.
enum WireDepth {
  /// Refuses a message nested more than `limit` deep.
  ///
  /// Malformed bytes pass: unpacking finds them.
  static func check(
    _ bytes: UnsafeRawBufferPointer, _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
    limit: Int
  ) throws(ProtoError) {
    guard fits(bytes, descriptor, limit) else { throw .tooDeep(limit: limit) }
  }

  private static func fits(
    _ bytes: UnsafeRawBufferPointer, _ descriptor: UnsafePointer<ProtobufCMessageDescriptor>,
    _ limit: Int
  ) -> Bool {
    var reader = WireReader(bytes)
    while let (number, wireType) = reader.tag() {
      guard wireType == 2 else {
        guard reader.skip(wireType) else { return true }
        continue
      }
      guard let value = reader.delimited() else { return true }
      guard let field = protobuf_c_message_descriptor_get_field(descriptor, number),
        field.pointee.type == PROTOBUF_C_TYPE_MESSAGE, let nested = field.pointee.descriptor
      else { continue }
      guard limit > 1,
        fits(value, nested.assumingMemoryBound(to: ProtobufCMessageDescriptor.self), limit - 1)
      else { return false }
    }
    return true
  }
}
