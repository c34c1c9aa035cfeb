/// A call of several attempts, one of which becomes the call.
///
/// Whoever is above must not repeat it once more: what it throws and how it ends says so.
protocol RepeatedStream: ClientStream {
  /// Takes a message for the attempts, or for the one that is the call.
  func admit(_ message: WireMessage, isLast: Bool) async throws(RPCError)
  /// The attempt that is the call; throws when there was none in the end.
  func settled() async throws(RPCError) -> any ClientStream
}

extension RepeatedStream {
  func send(_ message: WireMessage) async throws(RPCError) {
    do throws(RPCError) {
      try await admit(message, isLast: false)
    } catch {
      throw error.triedAll
    }
  }

  func sendLast(_ message: WireMessage) async throws(RPCError) {
    do throws(RPCError) {
      try await admit(message, isLast: true)
    } catch {
      throw error.triedAll
    }
  }

  func next(untouched: Bool) async throws(RPCError) -> WireMessage? {
    do throws(RPCError) {
      return try await settled().next(untouched: untouched)
    } catch {
      throw error.triedAll
    }
  }

  func headers() async -> Metadata? {
    do throws(RPCError) {
      return try await settled().headers()
    } catch {
      return nil
    }
  }

  func status() async -> Status {
    do throws(RPCError) {
      return await (try settled()).status().triedAll
    } catch {
      return Status(error.triedAll)
    }
  }
}

extension ClientStream {
  func send(_ message: WireMessage, isLast: Bool) async throws(RPCError) {
    if isLast { try await sendLast(message) } else { try await send(message) }
  }
}

extension RPCError {
  /// The error for whoever might repeat the call: that has been done.
  var triedAll: RPCError {
    var error = self
    error.reach = .handler
    return error
  }
}

extension Status {
  /// The status for whoever might repeat the call: that has been done.
  var triedAll: Status {
    var status = self
    status.reach = .handler
    return status
  }
}
