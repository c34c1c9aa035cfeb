import CLinux
import Glibc

/// What a read has brought.
package enum ReadResult: Sendable, Equatable {
  /// So many bytes, at least one.
  ///
  /// Fewer than asked for: there is no more for now.
  case bytes(Int)
  /// The peer has finished sending.
  case endOfStream
  /// Nothing is there yet.
  case wouldBlock
}

/// What a write has taken.
package enum WriteResult: Sendable, Equatable {
  /// So many bytes; the rest is still the caller's.
  case bytes(Int)
  /// The kernel's buffer is full.
  case wouldBlock
}

/// A connected, non-blocking stream socket; closed when the value ends.
///
/// Writing to a lost peer is an error and never a SIGPIPE.
package struct Socket: ~Copyable, Sendable {
  /// The descriptor, to register with a loop; valid as long as the socket.
  package let descriptor: Int32

  /// Takes over an open, non-blocking descriptor.
  package init(takingDescriptor descriptor: Int32) {
    precondition(descriptor >= 0, "a descriptor is never negative")
    self.descriptor = descriptor
  }

  deinit {
    clinux_close(descriptor)
  }

  /// Two sockets that are connected to each other (socketpair(2)).
  ///
  /// Made for tests and for links within the process.
  package static func pair() throws(IOError) -> SocketPair {
    var descriptors: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &descriptors) == 0 else { throw .last(.socket) }
    return SocketPair(
      near: Socket(takingDescriptor: descriptors[0]), far: Socket(takingDescriptor: descriptors[1]))
  }

  /// Reads what is there, at most as much as the buffer holds.
  ///
  /// An empty buffer reads as the end of the stream.
  package borrowing func read(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(IOError) -> ReadResult {
    let count = clinux_receive(descriptor, buffer.baseAddress, buffer.count)
    if count > 0 { return .bytes(Int(count)) }
    if count == 0 { return .endOfStream }
    if count == -Int64(EAGAIN) { return .wouldBlock }
    throw IOError(.receive, code: Int32(-count))
  }

  /// Writes as much as the kernel takes now.
  ///
  /// - Throws: `IOError.connectionLost` when the peer is gone.
  package borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(IOError) -> WriteResult {
    try written(clinux_send(descriptor, bytes.baseAddress, bytes.count))
  }

  /// Writes as much of these pieces, one behind the other, as the kernel takes now (sendmsg(2)).
  ///
  /// - Throws: `IOError.connectionLost` when the peer is gone.
  package borrowing func write(
    _ pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>
  ) throws(IOError) -> WriteResult {
    if pieces.count == 1 { return try write(pieces[0]) }
    let count = withUnsafeTemporaryAllocation(
      of: clinux_piece.self, capacity: pieces.count
    ) { list in
      for (index, piece) in pieces.enumerated() {
        list.initializeElement(
          at: index, to: clinux_piece(start: piece.baseAddress, count: piece.count))
      }
      return clinux_send_pieces(descriptor, list.baseAddress, list.count)
    }
    return try written(count)
  }

  private borrowing func written(_ count: Int64) throws(IOError) -> WriteResult {
    if count >= 0 { return .bytes(Int(count)) }
    if count == -Int64(EAGAIN) { return .wouldBlock }
    throw IOError(.send, code: Int32(-count))
  }

  /// Ends our side of the stream; the peer reads its end, and we may go on reading.
  ///
  /// - Throws: `IOError.system` when the connection is gone already.
  package borrowing func shutdownWriting() throws(IOError) {
    guard shutdown(descriptor, Int32(SHUT_WR)) == 0 else { throw .last(.shutdown) }
  }

  /// Sends small writes at once instead of gathering them (`TCP_NODELAY`).
  ///
  /// Accepted and connected sockets have it on.
  package borrowing func setNoDelay(_ on: Bool) throws(IOError) {
    try SocketOption.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, on ? 1 : 0)
  }

  /// Gives the connection up when sent bytes stay unacknowledged for so long (`TCP_USER_TIMEOUT`,
  /// whole ms; 0: kernel's).
  package borrowing func setUnacknowledgedLimit(_ limit: Duration) throws(IOError) {
    let milliseconds = Int32(clamping: limit.wholeNanoseconds / 1_000_000)
    try SocketOption.set(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, milliseconds)
  }

  /// Takes the error that the kernel holds for the socket, for `Readiness.error` and the end of a
  /// connect.
  package borrowing func takeError() -> IOError? {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else {
      return .last(.connect)
    }
    return code == 0 ? nil : IOError(.connect, code: code)
  }

  /// The address of our end.
  package borrowing func localAddress() throws(IOError) -> SocketAddress {
    try SocketOption.localAddress(descriptor)
  }

  /// Hands the descriptor over: the caller closes it.
  package consuming func takeDescriptor() -> Int32 {
    let descriptor = descriptor
    discard self
    return descriptor
  }
}

/// Two sockets, each the peer of the other; made by ``Socket/pair()``.
package struct SocketPair: ~Copyable, Sendable {
  /// One end.
  package var near: Socket
  /// The other end.
  package var far: Socket

  /// Hands both descriptors over: the caller closes them.
  package consuming func takeDescriptors() -> (near: Int32, far: Int32) {
    (near.takeDescriptor(), far.takeDescriptor())
  }
}

/// The system calls on descriptors that sockets and listeners have in common.
enum SocketOption {
  static func set(
    _ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32
  ) throws(IOError) {
    var value = value
    let length = socklen_t(MemoryLayout<Int32>.size)
    guard setsockopt(descriptor, level, option, &value, length) == 0 else {
      throw .last(.socketOption)
    }
  }

  static func localAddress(_ descriptor: Int32) throws(IOError) -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutableBytes(of: &storage) { bytes in
      getsockname(
        descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, &length)
    }
    guard result == 0 else { throw .last(.socketName) }
    guard let address = SocketAddress(storage, length: length) else {
      throw .system(.socketName, code: EAFNOSUPPORT)
    }
    return address
  }

  static func open(_ family: Int32) throws(IOError) -> Socket {
    let descriptor = clinux_socket(family)
    guard descriptor >= 0 else { throw IOError(.socket, code: -descriptor) }
    return Socket(takingDescriptor: descriptor)
  }
}
