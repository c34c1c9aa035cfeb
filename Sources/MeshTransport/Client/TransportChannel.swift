package import MeshIO
package import MeshRPC

/// A channel over HTTP/2: one connection on each loop, made on the first call and again when it is
/// lost.
///
/// A call from one of the loops stays on it, socket included; from elsewhere it hops to a loop.
package final class TransportChannel: Channel {
  private let parts: [LoopChannel]

  /// A channel that connects when it is first used.
  package init(_ config: ChannelConfig, loops: [EventLoop]) {
    precondition(!loops.isEmpty, "a channel needs a loop")
    parts = loops.map { LoopChannel(config, loop: $0) }
  }

  deinit {
    for part in parts { part.loop.execute { part.close() } }
  }

  /// Opens a call; connects first when there is no connection.
  ///
  /// After a failure to connect, calls fail at once with its reason until the next attempt is due.
  package func open(
    _ method: MethodDescriptor, _ options: CallOptions
  ) async throws(RPCError) -> any ClientStream {
    if let deadline = options.deadline, deadline.remaining <= .zero {
      throw RPCError(.deadlineExceeded, "the deadline has passed")
    }
    if let loop = EventLoop.current {
      for part in parts where part.loop === loop { return try await part.open(method, options) }
    }
    let part = parts[0]
    let result = await Task(executorPreference: part.loop) {
      await Result { () async throws(RPCError) in try await part.open(method, options) }
    }.value
    return try result.get()
  }

  /// Ends the connections; open calls fail.
  package func close() async {
    for part in parts { await part.loop.perform { part.close() } }
  }
}

extension Result {
  /// What an async body answers or throws.
  fileprivate init(_ body: () async throws(Failure) -> Success) async {
    do throws(Failure) {
      self = .success(try await body())
    } catch {
      self = .failure(error)
    }
  }
}
