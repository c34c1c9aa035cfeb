/// A protobuf message as a plain Swift value; generated types conform.
///
/// On the wire a message passes through protobuf-c: bytes become a C struct in the thread's
/// ``ProtoArena`` and the C struct becomes the Swift value, and the other way round.
package protocol ProtoMessage: Sendable, Equatable {
  /// The type's fields as protobuf-c knows them.
  static var descriptor: MessageDescriptor { get }

  /// The message with every field at its default.
  init()

  /// Reads the C struct at `message`, which lies in an arena and has the type of ``descriptor``.
  ///
  /// - Throws: ``ProtoError/invalidString(path:)`` without a path; ``init(bytes:)`` finds the path.
  init(message: UnsafeRawPointer) throws(ProtoError)

  /// Builds the C struct of this message in `arena`; it refers to nothing but what the arena holds.
  func write(into arena: ProtoArena) -> UnsafeMutableRawPointer

  /// Fields that came on the wire and that the schema does not know; kept and sent on.
  var unknownFields: UnknownFields { get set }
}

extension ProtoMessage {
  /// Decodes a message; the bytes are copied, none is kept.
  ///
  /// - Throws: ``ProtoError/malformed(message:)``, ``ProtoError/invalidString(path:)``,
  ///   ``ProtoError/tooDeep(limit:)`` or ``ProtoError/tooLarge(limit:)``.
  package init(bytes: UnsafeRawBufferPointer) throws(ProtoError) {
    let arena = ProtoArena.current
    let mark = arena.mark
    defer { arena.release(to: mark) }
    let message = try arena.unpack(bytes, Self.descriptor)
    do throws(ProtoError) {
      self = try Self(message: message)
    } catch {
      throw Self.descriptor.locating(error, in: message)
    }
  }

  /// Decodes a message from an array; see ``init(bytes:)-(UnsafeRawBufferPointer)``.
  package init(bytes: [UInt8]) throws(ProtoError) {
    self = try bytes.span.withUnsafeBytes { (buffer) throws(ProtoError) in
      try Self(bytes: buffer)
    }
  }

  /// Encodes the message behind `prefix` zero bytes, which are there for a frame's head.
  ///
  /// The same value always gives the same bytes: fields in order of their numbers, maps in order
  /// of their keys.
  package func serialized(reserving prefix: Int = 0) -> [UInt8] {
    let arena = ProtoArena.current
    let mark = arena.mark
    defer { arena.release(to: mark) }
    return arena.pack(write(into: arena), reserving: prefix)
  }

  /// Encodes the message like ``serialized(reserving:)``, but leaves its long byte strings where
  /// they are: the encoding is `first` and then `others`.
  package func pieces(reserving prefix: Int = 0) -> (first: [UInt8], others: [[UInt8]]) {
    let arena = ProtoArena.current
    let mark = arena.mark
    defer { arena.release(to: mark) }
    let message = write(into: arena)
    let kept = arena.kept(since: mark)
    guard !kept.isEmpty else { return (arena.pack(message, reserving: prefix), []) }
    return PiecePacker.pack(message, reserving: prefix, leaving: kept)
  }
}
