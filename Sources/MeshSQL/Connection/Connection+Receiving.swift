import CPQ

extension Connection {
  /// Reads what has arrived and hands out every answer that is complete.
  func receive() {
    guard let handle else { return }
    guard PQconsumeInput(handle) == 1 else { return close(.connectionLost(lastMessage)) }
    if script == nil { receiveAnswers() } else { receiveScript() }
    if role == .listening { receiveNotifications() }
  }

  private func receiveAnswers() {
    var pauses = 0
    // Each answer may close the connection or send more, so everything is looked at afresh.
    while let handle, !pipeline.isEmpty, PQisBusy(handle) == 0 {
      guard let result = PQgetResult(handle) else {
        // libpq puts one null between two answers; two in a row mean that it has no more.
        pauses += 1
        if pauses > 1 { break }
        continue
      }
      pauses = 0
      receive(result)
    }
    if let handle, PQstatus(handle) == CONNECTION_BAD {
      close(.connectionLost(lastMessage))
    } else if !pipeline.isEmpty, let handle, PQisBusy(handle) == 0, pauses > 1 {
      close(.connectionLost("answers out of step"))
    }
  }

  private func receive(_ result: OpaquePointer) {
    var isTaken = false
    defer { if !isTaken { PQclear(result) } }
    let reply: Pipeline<Ticket>.Reply
    switch PQresultStatus(result) {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: reply = .success
    case PGRES_PIPELINE_SYNC: reply = .synced
    case PGRES_PIPELINE_ABORTED: reply = .skipped
    case PGRES_FATAL_ERROR: reply = .failure(sqlstate: Self.field(CPQ_DIAG_SQLSTATE, of: result))
    default: return close(.invalid("COPY is not supported"))
    }
    let (event, forgotten) = pipeline.receive(reply)
    if let forgotten { statements.forget(forgotten) }
    switch event {
    case .nothing: break
    case .rows(let ticket, let statement):
      isTaken = take(result, of: statement, for: ticket)
      answeredRead(ticket)
    case .failed(let ticket): failed(ticket, with: result)
    case .stale(let ticket):
      ticket.isStale = true
      failed(ticket, with: result)
    case .skipped(let ticket):
      // A read whose preparation failed is answered already.
      if ticket.kind == .read, ticket.connection === self { giveBack(ticket) }
    case .ended(let ticket): ended(ticket)
    case .nonsense: close(.connectionLost("answers out of step"))
    }
  }

  /// Gives a successful result to its ticket; false when it is not needed.
  private func take(
    _ result: OpaquePointer, of statement: PreparedStatement, for ticket: Ticket
  ) -> Bool {
    guard ticket.state != .done, ticket.error == nil else { return false }
    let size = Int(PQresultMemorySize(result))
    guard size <= config.resultBytes else {
      ticket.error = .tooLarge(bytes: size, limit: config.resultBytes)
      return false
    }
    let shape: RowShape
    if let known = statement.shape, known.fits(result) {
      shape = known
    } else {
      shape = RowShape(of: result)
      statement.shape = shape
    }
    ticket.add(Rows(taking: result, shape: shape))
    return true
  }

  private func failed(_ ticket: Ticket, with result: OpaquePointer) {
    // A cancelled read's task has gone on and owns the outcome.
    guard ticket.state != .done else { return answeredRead(ticket) }
    let report = SQLError.Report(
      sqlstate: Self.field(CPQ_DIAG_SQLSTATE, of: result),
      message: Self.field(CPQ_DIAG_MESSAGE, of: result),
      constraint: Self.field(CPQ_DIAG_CONSTRAINT, of: result),
      column: Self.field(CPQ_DIAG_COLUMN, of: result))
    if ticket.kind == .read, ticket.isStale || isStrayCancel(report, ticket) {
      return giveBack(ticket)
    }
    // libpq reports a lost connection without an SQLSTATE.
    let lost = SQLError.connectionLost(lastMessage)
    let error =
      report.sqlstate.isEmpty
      ? lost : SQLError(report, cancelRequested: ticket.cancelRequested)
    ticket.error = ticket.error ?? error
    answeredRead(ticket)
  }

  /// A read is final with its own answer: there is nothing to commit.
  private func answeredRead(_ ticket: Ticket) {
    guard ticket.kind == .read else { return }
    ticket.connection = nil
    owner?.answered(ticket, on: self)
  }

  private func giveBack(_ read: Ticket) {
    read.connection = nil
    owner?.returned(read, on: self)
  }

  private func ended(_ ticket: Ticket) {
    if ticket.isStale, !ticket.isLeased, ticket.attempts < 2, !ticket.cancelRequested {
      ticket.attempts += 1
      ticket.reset()
      return submit(ticket)
    }
    settle(ticket)
  }

  /// Gives the ticket back, but not while a cancel request could still hit what comes next.
  func settle(_ ticket: Ticket) {
    ticket.connection = nil
    if cancelsInFlight > 0 {
      parked = ticket
    } else {
      owner?.answered(ticket, on: self)
    }
  }

  private func receiveScript() {
    while let handle, let ticket = script, PQisBusy(handle) == 0 {
      guard let result = PQgetResult(handle) else {
        script = nil
        guard PQstatus(handle) == CONNECTION_OK, PQenterPipelineMode(handle) == 1 else {
          ticket.finish(.connectionLost(lastMessage))
          return close(.connectionLost(lastMessage))
        }
        return settle(ticket)
      }
      switch PQresultStatus(result) {
      case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
        // The last one stands for the whole.
        ticket.firstRows = Rows(taking: result, shape: RowShape(of: result))
      case PGRES_FATAL_ERROR:
        failed(ticket, with: result)
        PQclear(result)
      default:
        PQclear(result)
        close(.invalid("COPY is not supported"))
      }
    }
  }

  private func receiveNotifications() {
    while let handle, let notification = PQnotifies(handle) {
      let channel = String(cString: notification.pointee.relname)
      let payload = String(cString: notification.pointee.extra)
      PQfreemem(notification)
      owner?.notified(channel: channel, payload: payload)
    }
  }

  private static func field(_ code: some BinaryInteger, of result: OpaquePointer) -> String {
    PQresultErrorField(result, Int32(code)).map { String(cString: $0) } ?? ""
  }
}
