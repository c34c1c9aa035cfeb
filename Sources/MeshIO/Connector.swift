import CLinux
import Glibc

/// Opens connections.
package enum Connector {
  /// Connects to the address and returns the socket, with `TCP_NODELAY` on.
  ///
  /// Any thread; best on the loop.
  ///
  /// - Parameters:
  ///   - address: one address; trying the next is the caller's.
  ///   - timeout: how long the peer may take to answer.
  ///   - loop: waits for the answer.
  /// - Returns: the connected socket, the caller's to close.
  /// - Throws: `IOError`: refused, unreachable, timedOut, cancelled (with the task, or as the loop
  ///   stops), or what the kernel says.
  package static func connect(
    to address: SocketAddress, timeout: Duration, on loop: EventLoop
  ) async throws(IOError) -> Socket {
    let attempt = ConnectAttempt()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer = OneAnswer<Result<Int32, IOError>>(continuation, orElse: .failure(.cancelled))
        loop.execute { attempt.start(answer, to: address, timeout: timeout, on: loop) }
      }
    } onCancel: {
      loop.execute { attempt.end(.failure(.cancelled)) }
    }
    return Socket(takingDescriptor: try result.get())
  }
}

/// One connection on its way.
///
/// Thread: the loop's, after `init`. Only the timer holds the answer, so a loop that stops, and
/// drops its timers, tells the task.
private final class ConnectAttempt: ReadinessHandler, @unchecked Sendable {
  private weak var answer: OneAnswer<Result<Int32, IOError>>?
  private var ended = false
  private var socket: Socket?
  private var registration: Registration?
  private var timer: TimerHandle?

  func start(
    _ answer: OneAnswer<Result<Int32, IOError>>, to address: SocketAddress, timeout: Duration,
    on loop: EventLoop
  ) {
    // Cancelled before it began: the answer's fallback says so.
    guard !ended else { return }
    self.answer = answer
    timer = loop.schedule(after: timeout) { [self] in
      withExtendedLifetime(answer) { end(.failure(.timedOut)) }
    }
    do throws(IOError) {
      let opened = try SocketOption.open(address.family)
      if address.port != nil { try opened.setNoDelay(true) }
      let descriptor = opened.descriptor
      socket = consume opened
      let code = try address.withNative { -clinux_connect(descriptor, $0, $1) }
      switch code {
      case 0: succeed()
      case EINPROGRESS: registration = try loop.register(descriptor, .write, self)
      default: throw IOError(.connect, code: code)
      }
    } catch {
      end(.failure(error))
    }
  }

  func ready(_ readiness: Readiness) {
    if let error = socket?.takeError() { end(.failure(error)) } else { succeed() }
  }

  func end(_ result: Result<Int32, IOError>) {
    guard !ended else { return }
    ended = true
    registration?.cancel()
    registration = nil
    socket = nil
    answer?.give(result)
    timer?.cancel()
    timer = nil
  }

  private func succeed() {
    registration?.cancel()
    registration = nil
    guard let connected = socket.take() else { return }
    end(.success(connected.takeDescriptor()))
  }
}
