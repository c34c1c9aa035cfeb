import MeshHTTP2

/// What all connections of a loop share: the memory of their HTTP/2 sessions, and the buffers, of
/// which an idle connection needs none, because only one of them reads or writes at a time.
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
  var output = HTTP2Output()
  /// What is about to be encrypted: in one piece, because records are filled from one.
  var plaintext: [UInt8] = []
  let sessions = SessionMemory()

  init(recordSize: Int) {
    read = .allocate(byteCount: Self.readSize, alignment: 16)
    record = .allocate(byteCount: recordSize, alignment: 16)
  }

  deinit {
    read.deallocate()
    record.deallocate()
  }
}
