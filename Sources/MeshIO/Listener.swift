import CLinux
import Glibc

/// Whether other listeners of the process accept on the same TCP port, one on each loop.
package enum PortSharing: Sendable {
  /// The port is this listener's alone.
  case alone
  /// The first of several: the port must be free, later ones may join.
  case firstOfSeveral
  /// Joins a port that this user's listeners share; the kernel spreads the connections.
  case oneOfSeveral
}

/// Accepts connections on a loop.
///
/// Thread: the loop's. The loop holds an open listener; ``close()`` ends it.
package final class Listener: ReadinessHandler {
  /// Connections accepted in one turn, before other sockets get their turn.
  private static let batch = 64
  /// How long to leave connections in the backlog when there is no descriptor or memory for them.
  private static let pause = Duration.milliseconds(100)

  /// The address, with the actual port where 0 was asked for.
  package let address: SocketAddress
  private let loop: EventLoop
  private let accepted: (consuming Socket, SocketAddress) -> Void
  private let file: UnixSocketFile?
  private var socket: Socket?
  private var registration: Registration?
  private var retry: TimerHandle?

  /// Binds, listens and begins to accept.
  ///
  /// On the loop.
  ///
  /// Connections arrive with `TCP_NODELAY` on. A Unix socket's file has mode 0600; a stale one is
  /// replaced.
  ///
  /// - Parameters:
  ///   - address: where; port 0 lets the kernel choose.
  ///   - loop: accepts, and calls `accepted`.
  ///   - sharing: for TCP with one listener per loop; Unix sockets are always alone.
  ///   - backlog: connections that wait to be accepted, cut to the kernel's `somaxconn`.
  ///   - accepted: takes the connection and the peer's address.
  /// - Throws: `IOError.addressInUse`, or what socket, bind and listen refuse with.
  package init(
    _ address: SocketAddress, on loop: EventLoop, sharing: PortSharing = .alone,
    backlog: Int32 = 4096, accepted: @escaping (consuming Socket, SocketAddress) -> Void
  ) throws(IOError) {
    loop.preconditionOnLoop()
    let socket = try SocketOption.open(address.family)
    if case .unix(let path) = address {
      file = try UnixSocketFile(binding: socket.descriptor, to: path)
    } else {
      file = nil
      try Self.bind(socket, address, sharing)
    }
    guard listen(socket.descriptor, backlog) == 0 else {
      throw errno == EADDRINUSE ? .addressInUse(address) : .last(.listen)
    }
    self.address = file == nil ? try socket.localAddress() : address
    self.loop = loop
    self.accepted = accepted
    let descriptor = socket.descriptor
    self.socket = consume socket
    registration = try loop.register(descriptor, .read, self)
  }

  deinit {
    file?.remove()
  }

  /// Stops listening and removes the socket file; accepted connections live on.
  ///
  /// Safe to call again. On the loop.
  package func close() {
    loop.preconditionOnLoop()
    retry?.cancel()
    registration?.cancel()
    registration = nil
    // The file goes first: once the socket is closed, a successor may take the path.
    if socket != nil { file?.remove() }
    socket = nil
  }

  /// Accepts what waits.
  package func ready(_ readiness: Readiness) {
    var storage = sockaddr_storage()
    for _ in 0..<Self.batch {
      guard let listening = socket?.descriptor else { return }
      var length = UInt32(MemoryLayout<sockaddr_storage>.size)
      let descriptor = clinux_accept(listening, &storage, &length)
      guard descriptor >= 0 else {
        if Self.isOver(code: -descriptor) { return }
        if Self.needsPause(code: -descriptor) { return pauseAccepting() }
        // Anything else is about that one connection (accept(2)): it is gone, the next may be fine.
        continue
      }
      let connection = Socket(takingDescriptor: descriptor)
      accepted(connection, SocketAddress(storage, length: length) ?? .unix(""))
    }
  }

  /// A listener that stays readable while nothing can be accepted would hold the loop.
  private func pauseAccepting() {
    guard retry == nil else { return }
    do throws(IOError) {
      try registration?.modify([])
    } catch {
      preconditionFailure("a listener's own descriptor is open: \(error)")
    }
    retry = loop.schedule(after: Self.pause) { [weak self] in self?.resumeAccepting() }
  }

  private func resumeAccepting() {
    retry = nil
    do throws(IOError) {
      try registration?.modify(.read)
    } catch {
      preconditionFailure("a listener's own descriptor is open: \(error)")
    }
  }

  private static func isOver(code: Int32) -> Bool {
    code == EAGAIN
  }

  private static func needsPause(code: Int32) -> Bool {
    [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code)
  }

  private static func bind(
    _ socket: borrowing Socket, _ address: SocketAddress, _ sharing: PortSharing
  ) throws(IOError) {
    if sharing == .firstOfSeveral, address.port != 0 {
      // A shared port would be joined silently, another mesh's of the same user included: bind it
      // alone once.
      let probe = try SocketOption.open(address.family)
      try bind(probe, address, .alone)
    }
    try SocketOption.set(socket.descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
    if sharing != .alone { try SocketOption.set(socket.descriptor, SOL_SOCKET, SO_REUSEPORT, 1) }
    // Accepted sockets inherit it (Linux), which saves a system call for each.
    try socket.setNoDelay(true)
    let descriptor = socket.descriptor
    let code = try address.withNative { Glibc.bind(descriptor, $0, $1) == 0 ? 0 : errno }
    guard code != EADDRINUSE else { throw .addressInUse(address) }
    guard code == 0 else { throw IOError(.bind, code: code) }
  }
}
