/// The buffers that all connections of a loop share, because only one of them reads or writes at a
/// time: an idle connection holds none.
///
/// Thread: the loop's.
final class LoopBuffers {
  /// Bytes read from a socket in one go.
  static let readSize = 64 << 10

  /// What was read from a socket.
  let read: UnsafeMutableRawBufferPointer
  /// One TLS record, decrypted.
  let record: UnsafeMutableRawBufferPointer
  /// What is about to be written.
  var output: [UInt8] = []

  init(recordSize: Int) {
    read = .allocate(byteCount: Self.readSize, alignment: 16)
    record = .allocate(byteCount: recordSize, alignment: 16)
  }

  deinit {
    read.deallocate()
    record.deallocate()
  }
}
