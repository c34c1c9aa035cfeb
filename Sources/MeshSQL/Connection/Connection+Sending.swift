import CPQ

extension Connection {
  /// Sends all statements of a ticket as one group, or its text as a script.
  func submit(_ ticket: Ticket) {
    guard phase == .ready else { return ticket.finish(.connectionLost("not connected")) }
    ticket.state = .sent
    ticket.connection = self
    guard ticket.kind != .script else { return sendScript(ticket) }
    discardGarbage()
    guard send(ticket.first, for: ticket), ticket.rest.allSatisfy({ send($0, for: ticket) }) else {
      return giveUp(ticket)
    }
    sync(for: ticket)
  }

  /// Sends a read without closing its group; ``sealReads()`` does that.
  func append(read ticket: Ticket) {
    guard phase == .ready else { return ticket.finish(.connectionLost("not connected")) }
    ticket.state = .sent
    ticket.connection = self
    if openReads == 0 { discardGarbage() }
    guard send(ticket.first, for: ticket) else { return giveUp(ticket) }
    openReads += 1
  }

  /// Closes the group of reads, if one is open, and sends it off.
  func sealReads() {
    guard openReads > 0, phase == .ready else { return }
    openReads = 0
    sync(for: nil)
  }

  private func giveUp(_ ticket: Ticket) {
    let error = SQLError.connectionLost(lastMessage)
    close(error)
    ticket.finish(error)
  }

  private func sync(for work: Ticket?) {
    guard let handle else { return }
    guard PQpipelineSync(handle) == 1 else { return close(.connectionLost(lastMessage)) }
    pipeline.expect(.sync, for: work)
    flush()
  }

  /// Queues one statement in libpq's buffer; false when libpq refuses.
  private func send(_ sql: SQL, for ticket: Ticket) -> Bool {
    guard let handle else { return false }
    let lookup = statements.find(sql)
    if let evicted = lookup.evicted { garbage.append(evicted) }
    let statement = lookup.statement
    if lookup.mustPrepare {
      let sent = PQsendPrepare(
        handle, statement.name, statement.text, Int32(statement.parameterTypes.count),
        statement.parameterTypes)
      guard sent == 1 else { return false }
      pipeline.expect(.prepare(statement), for: ticket)
    }
    guard Self.execute(statement.name, sql, on: handle) else { return false }
    pipeline.expect(.run(statement, isNew: lookup.mustPrepare), for: ticket)
    return true
  }

  private static func execute(_ name: String, _ sql: SQL, on handle: OpaquePointer) -> Bool {
    let parameters = sql.parameters
    let count = parameters.count
    return sql.bytes.storage.withUnsafeBytes { bytes in
      withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: count * 2) { numbers in
          for index in 0..<count {
            let parameter = parameters[index]
            values[index] = pointer(to: parameter, in: bytes)
            numbers[index] = Int32(max(0, parameter.length))
            numbers[count + index] = parameter.type.format.rawValue
          }
          let lengths = numbers.baseAddress
          return PQsendQueryPrepared(
            handle, name, Int32(count), values.baseAddress, lengths, lengths.map { $0 + count }, 1)
            == 1
        }
      }
    }
  }

  /// Where a parameter's bytes are; nil means NULL to libpq, so an empty value points somewhere.
  private static func pointer(
    to parameter: SQL.Parameter, in bytes: UnsafeRawBufferPointer
  ) -> UnsafePointer<CChar>? {
    guard parameter.length >= 0 else { return nil }
    guard let start = bytes.baseAddress, parameter.start < bytes.count else { return emptyValue }
    return (start + parameter.start).assumingMemoryBound(to: CChar.self)
  }

  /// One zero byte that lives as long as the process.
  private nonisolated(unsafe) static let emptyValue: UnsafePointer<CChar> = {
    let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    byte.initialize(to: 0)
    return UnsafePointer(byte)
  }()

  /// Deallocates what the cache has dropped, in a group of its own that no failure can undo.
  private func discardGarbage() {
    guard !garbage.isEmpty, let handle, PQtransactionStatus(handle) != PQTRANS_INERROR else {
      return
    }
    for statement in garbage {
      let text = "DEALLOCATE \(statement.name)"
      guard PQsendQueryParams(handle, text, 0, nil, nil, nil, nil, 1) == 1 else {
        return close(.connectionLost(lastMessage))
      }
      pipeline.expect(.discard, for: nil)
    }
    garbage = []
    sync(for: nil)
  }

  /// Runs text by the simple protocol, which pipeline mode does not know.
  private func sendScript(_ ticket: Ticket) {
    guard let handle, pipeline.isEmpty, PQexitPipelineMode(handle) == 1,
      PQsendQuery(handle, ticket.first.text) == 1
    else { return giveUp(ticket) }
    script = ticket
    flush()
  }
}
