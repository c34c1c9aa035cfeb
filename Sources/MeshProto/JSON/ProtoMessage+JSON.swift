extension MessageDescriptor {
  /// Transcodes an encoded message of this type to canonical proto3 JSON.
  ///
  /// Source: https://protobuf.dev/programming-guides/json/
  /// - Throws: What decoding throws, ``ProtoError/unknownType(path:url:)``,
  ///   ``ProtoError/unrepresentable(path:_:)`` or ``ProtoError/tooDeep(limit:)``.
  package func json(
    bytes: UnsafeRawBufferPointer, options: JSONOptions = JSONOptions()
  ) throws(ProtoError) -> [UInt8] {
    let arena = ProtoArena.current
    let mark = arena.mark
    defer { arena.release(to: mark) }
    let message = try arena.unpack(bytes, self)
    return try JSONPrinter.render(CMessage(message), options)
  }

  /// Transcodes JSON to an encoded message of this type, behind `prefix` zero bytes.
  ///
  /// - Throws: ``ProtoError/json(path:_:)``, ``ProtoError/unknownType(path:url:)``,
  ///   ``ProtoError/tooDeep(limit:)`` or ``ProtoError/tooLarge(limit:)``.
  package func bytes(
    json: UnsafeRawBufferPointer, reserving prefix: Int = 0, options: JSONOptions = JSONOptions()
  ) throws(ProtoError) -> [UInt8] {
    let arena = ProtoArena.current
    let mark = arena.mark
    defer { arena.release(to: mark) }
    let message = try JSONParser.parse(json, self, arena, options)
    CMessage(message).keepSigns(in: arena)
    return arena.pack(message, reserving: prefix)
  }
}

extension ProtoMessage {
  /// The message as canonical proto3 JSON.
  ///
  /// - Throws: ``ProtoError/unknownType(path:url:)``, ``ProtoError/unrepresentable(path:_:)`` or
  ///   ``ProtoError/tooDeep(limit:)``.
  package func json(options: JSONOptions = JSONOptions()) throws(ProtoError) -> [UInt8] {
    let arena = ProtoArena.current
    let mark = arena.mark
    defer { arena.release(to: mark) }
    return try JSONPrinter.render(CMessage(write(into: arena)), options)
  }

  /// Reads a message from JSON.
  ///
  /// - Throws: ``ProtoError/json(path:_:)``, ``ProtoError/unknownType(path:url:)``,
  ///   ``ProtoError/tooDeep(limit:)`` or ``ProtoError/tooLarge(limit:)``.
  package init(
    json: UnsafeRawBufferPointer, options: JSONOptions = JSONOptions()
  ) throws(ProtoError) {
    let arena = ProtoArena.current
    let mark = arena.mark
    defer { arena.release(to: mark) }
    self = try Self(message: try JSONParser.parse(json, Self.descriptor, arena, options))
  }

  /// Reads a message from JSON text; see ``init(json:options:)-(UnsafeRawBufferPointer,_)``.
  package init(json: String, options: JSONOptions = JSONOptions()) throws(ProtoError) {
    self = try Array(json.utf8).span.withUnsafeBytes { (buffer) throws(ProtoError) in
      try Self(json: buffer, options: options)
    }
  }
}
