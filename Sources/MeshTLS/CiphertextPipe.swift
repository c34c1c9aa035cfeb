import COpenSSL

/// The two queues of ciphertext between a session and whoever moves its bytes, as an OpenSSL BIO.
///
/// Unlike OpenSSL's memory BIO it reads straight from the caller's buffer during a loan, writes
/// into an array that can be handed on without a copy, and has limits.
final class CiphertextPipe {
  /// The most bytes that may wait to be sent: what a peer that never reads can make us hold.
  static let outputLimit = 4 << 20
  /// The most bytes that may wait to be decrypted.
  static let inputLimit = 1 << 20
  /// The most capacity, in bytes, that an empty queue keeps for its next use: enough for small
  /// answers, and little for thousands of idle connections.
  static let keptCapacity = 1 << 10

  /// Says that OpenSSL tried to send more than the limit.
  private(set) var isOutputOverflowing = false
  private var output: [UInt8] = []
  private var outputStart = 0
  private var input: [UInt8] = []
  private var inputStart = 0
  // Not ours: valid between lend and endLoan only. OpenSSL reads it after `input`.
  private var loan = UnsafeRawBufferPointer(start: nil, count: 0)

  /// Makes a BIO over this pipe, owned by the caller, who keeps the pipe alive as long.
  func makeBIO() -> OpaquePointer? {
    let bio = BIO_new(Self.method)
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
    return bio
  }

  /// Queues a copy of what has come from the peer; false, with nothing queued, above the limit.
  func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard input.count - inputStart + bytes.count <= Self.inputLimit else { return false }
    if inputStart > 0 {
      input.removeSubrange(..<inputStart)
      inputStart = 0
    }
    input.append(contentsOf: bytes)
    return true
  }

  /// Lets OpenSSL read from `bytes` directly, until `endLoan`.
  func lend(_ bytes: UnsafeRawBufferPointer) {
    loan = bytes
  }

  /// Forgets the bytes that were lent, and those of them that OpenSSL has not read.
  func endLoan() {
    loan = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// The number of bytes that wait to be sent.
  var outputCount: Int {
    output.count - outputStart
  }

  /// The memory that the two queues hold, in bytes.
  var capacity: Int { output.capacity + input.capacity }

  /// Moves what waits to be sent to the end of `bytes`, without a copy if it is much and `bytes`
  /// is empty.
  ///
  /// A little is copied, because trading memory with `bytes` would leave each connection with a
  /// buffer of the loop's size.
  func drain(into bytes: inout [UInt8]) {
    if bytes.isEmpty && outputStart == 0 && outputCount > Self.keptCapacity {
      swap(&bytes, &output)
    } else {
      bytes.append(contentsOf: output[outputStart...])
    }
    Self.clear(&output, &outputStart)
  }

  /// Shows what waits to be sent to `body`, which returns how much of it has been dealt with.
  func take(_ body: (UnsafeRawBufferPointer) throws -> Int) rethrows {
    let taken = try output.withUnsafeBytes { bytes in
      try body(UnsafeRawBufferPointer(rebasing: bytes[outputStart...]))
    }
    precondition((0...outputCount).contains(taken), "took more than there was")
    outputStart += taken
    if outputStart == output.count { Self.clear(&output, &outputStart) }
  }

  private static func clear(_ queue: inout [UInt8], _ start: inout Int) {
    queue.removeAll(keepingCapacity: queue.capacity <= keptCapacity)
    start = 0
  }

  private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    if inputStart < input.count {
      let count = min(buffer.count, input.count - inputStart)
      input.withUnsafeBytes {
        buffer.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: $0[inputStart..<inputStart + count]))
      }
      inputStart += count
      if inputStart == input.count { Self.clear(&input, &inputStart) }
      return count
    }
    let count = min(buffer.count, loan.count)
    guard count > 0 else { return 0 }
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: loan[..<count]))
    loan = UnsafeRawBufferPointer(rebasing: loan[count...])
    return count
  }

  private func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard outputCount + bytes.count <= Self.outputLimit else {
      isOutputOverflowing = true
      return false
    }
    output.append(contentsOf: bytes)
    return true
  }

  // OpenSSL calls the three functions below on the thread that drives the session.

  // The table of functions is complete before it is published and never changes.
  nonisolated(unsafe) private static let method: OpaquePointer? = {
    let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ciphertext pipe")
    BIO_meth_set_read(method) { bio, bytes, count in
      guard let bio, let pipe = BIO_get_data(bio) else { return -1 }
      copenssl_clear_retry(bio)
      let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: Int(count))
      let read = Unmanaged<CiphertextPipe>.fromOpaque(pipe)
        ._withUnsafeGuaranteedRef { $0.read(into: buffer) }
      if read > 0 { return Int32(read) }
      copenssl_retry_read(bio)
      return -1
    }
    BIO_meth_set_write(method) { bio, bytes, count in
      guard let bio, let pipe = BIO_get_data(bio) else { return -1 }
      copenssl_clear_retry(bio)
      let buffer = UnsafeRawBufferPointer(start: bytes, count: Int(count))
      let written = Unmanaged<CiphertextPipe>.fromOpaque(pipe)
        ._withUnsafeGuaranteedRef { $0.write(buffer) }
      return written ? count : -1
    }
    BIO_meth_set_ctrl(method) { _, command, _, _ in
      // Nothing is held back that a flush would have to push on.
      command == BIO_CTRL_FLUSH ? 1 : 0
    }
    return method
  }()
}
