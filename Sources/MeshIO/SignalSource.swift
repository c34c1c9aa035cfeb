import CLinux
import Glibc

/// The signals that processes are steered with.
package enum Signal: Int32, Sendable, CaseIterable {
  /// Terminal closed; for services by custom "read the configuration again".
  case hangup = 1
  /// Ctrl-C.
  case interrupt = 2
  /// For tests and operators.
  case user1 = 10
  /// For tests and operators.
  case user2 = 12
  /// "Finish what you do and end".
  case terminate = 15
}

/// Turns signals into calls on a loop.
///
/// While caught, a signal does not take its usual action in the process; child processes are not
/// affected. Thread: the loop's. The loop holds an open source; ``close()`` ends it.
package final class SignalSource {
  private let loop: EventLoop
  private var catches: [SignalCatch] = []

  /// Catches the signals and calls `arrived` on the loop for each that comes.
  ///
  /// On the loop.
  ///
  /// Signals of one kind that come close together may be told as one, as signals do.
  ///
  /// - Throws: `IOError.signalTaken` when another source has one of them.
  package init(
    _ signals: Set<Signal>, on loop: EventLoop, arrived: @escaping (Signal) -> Void
  ) throws(IOError) {
    loop.preconditionOnLoop()
    self.loop = loop
    for signal in signals {
      do {
        catches.append(try SignalCatch(signal, on: loop, arrived: arrived))
      } catch {
        close()
        throw error
      }
    }
  }

  /// Gives the signals back their former action.
  ///
  /// Safe to call again. On the loop.
  package func close() {
    loop.preconditionOnLoop()
    for caught in catches { caught.close() }
    catches = []
  }
}

/// One caught signal.
private final class SignalCatch: ReadinessHandler {
  private let signal: Signal
  private let arrived: (Signal) -> Void
  private var registration: Registration?

  init(
    _ signal: Signal, on loop: EventLoop, arrived: @escaping (Signal) -> Void
  ) throws(IOError) {
    self.signal = signal
    self.arrived = arrived
    let descriptor = clinux_signal_catch(signal.rawValue)
    guard descriptor >= 0 else {
      throw descriptor == -EBUSY
        ? .signalTaken(signal.rawValue) : IOError(.signalAction, code: -descriptor)
    }
    do {
      registration = try loop.register(descriptor, .read, self)
    } catch {
      clinux_signal_release(signal.rawValue)
      throw error
    }
  }

  // A loop that stops lets go of the catch.
  deinit {
    if registration != nil { clinux_signal_release(signal.rawValue) }
  }

  func ready(_ readiness: Readiness) {
    if clinux_signal_take(signal.rawValue) > 0 { arrived(signal) }
  }

  func close() {
    guard let claim = registration else { return }
    registration = nil
    clinux_signal_release(signal.rawValue)
    claim.cancel()
  }
}
