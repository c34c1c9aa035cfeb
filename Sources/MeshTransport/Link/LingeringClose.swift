import MeshIO

/// Closes a socket so that the peer gets what was written last.
///
/// A socket that is closed with unread bytes resets the connection, and the reset may destroy what
/// the peer has not read yet: the GOAWAY that says why, or the end of an answer. So our side is
/// ended first, and what the peer still sends is read and dropped until it ends its own.
///
/// Thread: the loop's, which holds it until it is done.
final class LingeringClose: ReadinessHandler {
  /// How long the peer has to end its side.
  private static let limit = Duration.seconds(1)
  /// How much it may send meanwhile: what was on its way, not a flood.
  private static let maxBytes = 4 << 20

  private let buffers: LoopBuffers
  private var socket: Socket?
  private var registration: Registration?
  private var timer: TimerHandle?
  private var bytes = 0
  private var done: (() -> Void)?

  private init(_ socket: consuming Socket, buffers: LoopBuffers, done: @escaping () -> Void) {
    self.socket = consume socket
    self.buffers = buffers
    self.done = done
  }

  /// Takes the socket, and calls `done` once it is closed.
  static func begin(
    _ socket: consuming Socket, on loop: EventLoop, buffers: LoopBuffers,
    done: @escaping () -> Void
  ) {
    let closing = LingeringClose(socket, buffers: buffers, done: done)
    do throws(IOError) {
      try closing.socket?.shutdownWriting()
      guard let descriptor = closing.socket?.descriptor else { return }
      closing.registration = try loop.register(descriptor, .read, closing)
      closing.timer = loop.schedule(after: limit) { closing.close() }
    } catch {
      // The peer is gone already.
      closing.close()
    }
  }

  func ready(_ readiness: Readiness) {
    while let result = read() {
      guard case .bytes(let count) = result else { return close() }
      bytes += count
      if bytes > Self.maxBytes { return close() }
      if count < LoopBuffers.readSize { return }
    }
  }

  /// What is there; nil when nothing is there yet.
  private func read() -> ReadResult? {
    do throws(IOError) {
      let result = try socket?.read(into: buffers.read) ?? .endOfStream
      return result == .wouldBlock ? nil : result
    } catch {
      return .endOfStream
    }
  }

  private func close() {
    timer?.cancel()
    registration?.cancel()
    registration = nil
    socket = nil
    done?()
    done = nil
  }
}
