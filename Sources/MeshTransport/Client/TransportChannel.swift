package import MeshIO
package import MeshRPC

/// A channel over HTTP/2: on each loop, connections to the endpoints of its target, made on the
/// first call and again when they are lost.
///
/// A call from one of the loops stays on it, socket included; from elsewhere it hops to a loop.
/// Each loop judges its endpoints by its own calls.
package final class TransportChannel: Channel {
  private let parts: [LoopChannel]
  private let watch: NameTable.Watch?
  private let registry: ChannelzRegistry
  private let channelzID: Int64

  /// A channel that connects when it is first used.
  package init(_ config: ChannelConfig, loops: [EventLoop]) {
    precondition(!loops.isEmpty, "a channel needs a loop")
    let breaker = CircuitBreaker(limit: config.concurrentCalls)
    let parts = loops.map { LoopChannel(config, breaker: breaker, loop: $0) }
    self.parts = parts
    let target = config.target
    registry = config.registry
    channelzID = config.registry.addChannel(to: target, parts)
    // The parts live as long as the channel, which closes them; what follows names for them must
    // not keep them.
    let weakParts = parts.map { WeakPart($0) }
    switch target {
    case .addresses(let addresses):
      let resolved = Result([WeightedSubset(addresses: addresses)], of: target)
      for part in parts { part.source = .fixed(resolved) }
      watch = nil
    case .mesh(let name):
      let names = config.names
      for part in parts {
        part.source = .table { Result(names.subsets(of: name), of: target) }
      }
      watch = names.watch(name) {
        for weak in weakParts {
          guard let part = weak.part else { continue }
          part.loop.execute { part.sourceChanged() }
        }
      }
    case .dns(let host, let port):
      let resolution = NameResolution(host: host, port: port, config: config, loop: loops[0]) {
        result in
        for weak in weakParts {
          guard let part = weak.part else { continue }
          part.loop.execute { part.resolved(result) }
        }
      }
      for part in parts { part.source = .resolver(resolution) }
      watch = nil
    }
  }

  deinit {
    registry.removeChannel(channelzID)
    for part in parts { part.loop.execute { part.close() } }
  }

  /// Opens a call; connects first when there is no connection.
  ///
  /// While no endpoint can be reached, calls fail at once with the reason, unless they would rather
  /// wait (``CallOptions/waitForReady``).
  package func open(
    _ method: MethodDescriptor, _ options: CallOptions
  ) async throws(RPCError) -> any ClientStream {
    if let part = partHere { return try await part.open(method, options) }
    let part = parts[0]
    let opening = Task(executorPreference: part.loop) {
      await Result { () async throws(RPCError) in try await part.open(method, options) }
    }
    let result = await withTaskCancellationHandler {
      await opening.value
    } onCancel: {
      opening.cancel()
    }
    return try result.get()
  }

  /// Makes a call of one request; connects first when there is no connection.
  package func exchange(
    _ method: MethodDescriptor, _ request: WireMessage, _ options: CallOptions, untouched: Bool
  ) async -> UnaryOutcome {
    if let part = partHere {
      return await part.exchange(method, request, options, untouched: untouched)
    }
    let part = parts[0]
    let exchange = Task(executorPreference: part.loop) {
      await part.exchange(method, request, options, untouched: untouched)
    }
    return await withTaskCancellationHandler {
      await exchange.value
    } onCancel: {
      exchange.cancel()
    }
  }

  /// The part on the loop that runs this; nil elsewhere.
  private var partHere: LoopChannel? {
    guard let loop = EventLoop.current else { return nil }
    for part in parts where part.loop === loop { return part }
    return nil
  }

  /// Ends the connections; open calls fail.
  package func close() async {
    registry.removeChannel(channelzID)
    for part in parts { await part.loop.perform { part.close() } }
  }
}

/// A part that somebody else keeps.
private final class WeakPart: Sendable {
  weak let part: LoopChannel?

  init(_ part: LoopChannel) { self.part = part }
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
