import CPQ
import MeshIO

extension Connection {
  /// How long after a cancel request another statement may be its victim.
  private static let strayWindow = Duration.seconds(1)

  /// Sees to it that a ticket in flight ends soon: by itself within the grace, else by a cancel
  /// request, else by the end of the connection.
  func cancel(_ ticket: Ticket) {
    ticket.cancelRequested = true
    cancel(ticket, after: config.cancelGrace)
  }

  private func cancel(_ ticket: Ticket, after delay: Duration) {
    _ = loop.schedule(after: delay) { [weak self] in
      guard let self, phase == .ready, isInFlight(ticket) else { return }
      guard isRunning(ticket) else { return cancel(ticket, after: config.cancelGrace) }
      requestCancel()
      _ = loop.schedule(after: config.cancelTimeout) { [weak self] in
        guard let self, phase == .ready, isInFlight(ticket), isRunning(ticket) else { return }
        close(.connectionLost("the server ignored a cancel request"))
      }
    }
  }

  private func isInFlight(_ ticket: Ticket) -> Bool {
    ticket.connection === self
  }

  private func isRunning(_ ticket: Ticket) -> Bool {
    pipeline.head === ticket || script === ticket
  }

  /// Whether a read was hit by a cancel request that was meant for its neighbour.
  func isStrayCancel(_ report: SQLError.Report, _ ticket: Ticket) -> Bool {
    guard report.sqlstate == "57014", !ticket.cancelRequested else { return false }
    if cancelsInFlight > 0 { return true }
    return lastCancel.map { loop.now - $0 < Self.strayWindow } ?? false
  }

  /// Asks the server, over a connection of its own and off the loop, to end what it is running.
  private func requestCancel() {
    guard let handle, let pointer = PQgetCancel(handle) else { return }
    let request = CancelRequest(pointer)
    cancelsInFlight += 1
    let loop = loop
    Task(executorPreference: loop) {
      // When it fails, the statement either ends by itself or the cancel timeout closes the
      // connection.
      try? await Offload.run { request.send() }
      loop.execute { self.cancelSettled() }
    }
  }

  private func cancelSettled() {
    cancelsInFlight -= 1
    lastCancel = loop.now
    guard cancelsInFlight == 0, let ticket = parked.take() else { return }
    owner?.answered(ticket, on: self)
  }
}

/// libpq's ticket for a cancel request.
///
/// Made on the loop, then used by one thread of the offload pool: libpq allows that, hence
/// `@unchecked Sendable`.
private final class CancelRequest: @unchecked Sendable {
  private let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) {
    self.pointer = pointer
  }

  deinit {
    PQfreeCancel(pointer)
  }

  /// Blocks until the server has taken the request.
  ///
  /// The text of a failure is of no use to anyone.
  func send() {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      _ = PQcancel(pointer, buffer.baseAddress, Int32(buffer.count))
    }
  }
}
