internal import CProtobufC
internal import Glibc

extension ProtoArena {
  /// Unpacks `bytes` into a C struct of the described type, which lives until the release.
  ///
  /// Strings are not checked here but when they are read.
  /// - Throws: ``ProtoError/malformed(message:)``, ``ProtoError/tooDeep(limit:)`` or
  ///   ``ProtoError/tooLarge(limit:)``.
  package func unpack(
    _ bytes: UnsafeRawBufferPointer, _ descriptor: MessageDescriptor
  ) throws(ProtoError) -> UnsafeRawPointer {
    // protobuf-c recurses without a bound. Only types that contain themselves can nest deeper
    // than their schema, so only they are measured first.
    if descriptor.isRecursive {
      try WireDepth.check(bytes, descriptor.c, limit: Self.depthLimit)
    }
    return try limited { () throws(ProtoError) in
      let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      guard
        let message = protobuf_c_message_unpack(
          descriptor.c, &state.pointee.allocator, bytes.count, start)
      else { throw .malformed(message: descriptor.name) }
      return UnsafeRawPointer(message)
    }
  }

  /// Packs the C struct at `message`, with `prefix` zero bytes in front of it.
  package func pack(_ message: UnsafeRawPointer, reserving prefix: Int) -> [UInt8] {
    let message = message.assumingMemoryBound(to: ProtobufCMessage.self)
    let size = protobuf_c_message_get_packed_size(message)
    return [UInt8](unsafeUninitializedCapacity: prefix + size) { buffer, count in
      buffer[..<prefix].initialize(repeating: 0)
      if let start = buffer.baseAddress {
        count = prefix + protobuf_c_message_pack(message, start + prefix)
      }
    }
  }

  /// A C string with the text of `text`; U+0000, which C cannot carry, becomes U+FFFD.
  package func string(_ text: String) -> UnsafeMutablePointer<CChar> {
    var copy = text
    return copy.withUTF8 { utf8 in
      let bytes = allocate(utf8.count + 1)
      if let start = utf8.baseAddress {
        if memchr(start, 0, utf8.count) != nil { return string(text.replacingNUL()) }
        bytes.copyMemory(from: start, byteCount: utf8.count)
      }
      bytes.storeBytes(of: 0, toByteOffset: utf8.count, as: UInt8.self)
      return bytes.assumingMemoryBound(to: CChar.self)
    }
  }

  /// The bytes as C reads them, a copy where that is cheap; never null, so that an empty member of
  /// a oneof still counts as set.
  ///
  /// Nobody writes to them.
  package func bytes(_ bytes: [UInt8]) -> UnsafeMutablePointer<UInt8> {
    guard bytes.count >= Self.keptFrom else { return scalars(bytes) }
    state.pointee.keep(bytes)
    return bytes.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("an array has an address") }
      // They lie in one heap object that does not move while the arena holds it.
      return UnsafeMutablePointer(mutating: start)
    }
  }

  /// A C array with the elements of `values`.
  package func scalars<T: BitwiseCopyable>(_ values: [T]) -> UnsafeMutablePointer<T> {
    let copy = allocate(T.self, count: values.count)
    values.withUnsafeBufferPointer { source in
      if let start = source.baseAddress {
        copy.initialize(from: start, count: source.count)
      }
    }
    return copy
  }

  /// A C array of protobuf-c's booleans.
  package func booleans(_ values: [Bool]) -> UnsafeMutablePointer<Int32> {
    let copy = allocate(Int32.self, count: values.count)
    for (index, value) in values.enumerated() { copy[index] = value ? 1 : 0 }
    return copy
  }

  /// A C array of enum values, to be seen as an array of the C enum, which is as wide.
  package func enums<E: ProtoEnum>(_ values: [E]) -> UnsafeMutableRawPointer {
    let copy = allocate(Int32.self, count: values.count)
    for (index, value) in values.enumerated() { copy[index] = value.rawValue }
    return UnsafeMutableRawPointer(copy)
  }

  /// A C array of strings.
  package func strings(_ values: [String]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
    let copy = allocate(UnsafeMutablePointer<CChar>?.self, count: values.count)
    for (index, value) in values.enumerated() { copy[index] = string(value) }
    return copy
  }

  /// A C array of `ProtobufCBinaryData`.
  package func byteStrings(_ values: [[UInt8]]) -> UnsafeMutableRawPointer {
    let copy = allocate(ProtobufCBinaryData.self, count: values.count)
    for (index, value) in values.enumerated() {
      copy[index] = ProtobufCBinaryData(len: value.count, data: bytes(value))
    }
    return UnsafeMutableRawPointer(copy)
  }

  /// A C array of pointers to messages.
  package func messages<M: ProtoMessage>(_ values: [M]) -> UnsafeMutableRawPointer {
    let copy = allocate(UnsafeMutableRawPointer.self, count: values.count)
    for (index, value) in values.enumerated() { copy[index] = value.write(into: self) }
    return UnsafeMutableRawPointer(copy)
  }
}

extension String {
  fileprivate func replacingNUL() -> String {
    String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
  }
}
