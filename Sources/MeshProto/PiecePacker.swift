internal import CProtobufC

/// Encodes a message in pieces: what protobuf-c writes is packed, but byte strings that are held as
/// arrays become pieces of their own.
struct PiecePacker {
  /// What protobuf-c writes to; it knows the first member only.
  private struct Sink {
    var base: ProtobufCBuffer
    var packer: PiecePacker
  }

  private var first: [UInt8]?
  private var others: [[UInt8]] = []
  /// What was written since the last piece.
  private var packed: [UInt8]
  private let held: ArraySlice<[UInt8]>
  /// Where the array is looked for first: they are written in the order in which they were held.
  private var next: Int

  private init(prefix: Int, held: ArraySlice<[UInt8]>) {
    packed = [UInt8](repeating: 0, count: prefix)
    self.held = held
    next = held.startIndex
  }

  /// Packs the C struct at `message` behind `prefix` zero bytes; arrays of `held` are not copied.
  static func pack(
    _ message: UnsafeRawPointer, reserving prefix: Int, leaving held: ArraySlice<[UInt8]>
  ) -> (first: [UInt8], others: [[UInt8]]) {
    let buffer = ProtobufCBuffer { buffer, count, bytes in
      guard let buffer, let bytes else { return }
      UnsafeMutableRawPointer(buffer).assumingMemoryBound(to: Sink.self).pointee.packer
        .append(UnsafeBufferPointer(start: bytes, count: count))
    }
    var sink = Sink(base: buffer, packer: PiecePacker(prefix: prefix, held: held))
    withUnsafeMutablePointer(to: &sink) { sink in
      let base = UnsafeMutableRawPointer(sink).assumingMemoryBound(to: ProtobufCBuffer.self)
      _ = protobuf_c_message_pack_to_buffer(
        message.assumingMemoryBound(to: ProtobufCMessage.self), base)
    }
    return sink.packer.pieces()
  }

  private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard bytes.count >= ProtoArena.keptFrom, let array = find(bytes) else {
      return packed.append(contentsOf: bytes)
    }
    cut()
    others.append(array)
  }

  /// The array that is held and has these bytes.
  private mutating func find(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    for index in [next..<held.endIndex, held.startIndex..<next].joined() {
      let isIt = held[index].withUnsafeBufferPointer {
        $0.baseAddress == bytes.baseAddress && $0.count == bytes.count
      }
      guard isIt else { continue }
      next = index + 1
      return held[index]
    }
    return nil
  }

  /// Makes a piece of what was packed.
  private mutating func cut() {
    if first == nil { first = packed } else if !packed.isEmpty { others.append(packed) }
    packed = []
  }

  private mutating func pieces() -> (first: [UInt8], others: [[UInt8]]) {
    cut()
    return (first ?? [], others)
  }
}
