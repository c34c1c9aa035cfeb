import MeshIO
import MeshRPC

/// What a target stands for at a moment.
typealias ResolvedSubsets = [WeightedSubset<SocketAddress>]

/// Looks a host name up, off the loop, when its channel wants it.
///
/// Thread: the loop's, after `init`.
final class NameResolution: @unchecked Sendable {
  let loop: EventLoop
  private let host: String
  private let port: UInt16
  private let report: @Sendable (Result<ResolvedSubsets, RPCError>) -> Void
  private var schedule: ResolutionSchedule
  private var random = SystemRandomNumberGenerator()

  init(
    host: String, port: UInt16, config: ChannelConfig, loop: EventLoop,
    report: @escaping @Sendable (Result<ResolvedSubsets, RPCError>) -> Void
  ) {
    self.host = host
    self.port = port
    self.loop = loop
    self.report = report
    schedule = ResolutionSchedule(
      leastInterval: config.resolutionInterval, backoff: config.backoff)
  }

  /// The addresses are needed, or the known ones do not work.
  func wanted() { perform(schedule.wanted(at: loop.now.nanoseconds)) }

  private func perform(_ action: ResolutionSchedule.Action) {
    switch action {
    case .none: break
    case .wait(let time):
      _ = loop.schedule(after: time) { [weak self] in
        guard let self else { return }
        perform(schedule.timeCame())
      }
    case .resolve:
      Task.immediate(executorPreference: loop) { [weak self, host, port] in
        let result: Result<[SocketAddress], any Error>
        do {
          result = .success(try await Resolver.resolve(host: host, port: port))
        } catch {
          result = .failure(error)
        }
        self?.resolved(result)
      }
    }
  }

  private func resolved(_ result: Result<[SocketAddress], any Error>) {
    switch result {
    case .success(let addresses):
      schedule.succeeded(at: loop.now.nanoseconds)
      report(.success([WeightedSubset(addresses: addresses.familiesInTurn)]))
    case .failure(let error):
      let reason = error is IOError ? "\(error)" : "cannot resolve \(host): \(error)"
      report(.failure(RPCError(.unavailable, reason, reach: .client)))
      perform(schedule.failed(&random))
    }
  }
}

extension [SocketAddress] {
  /// An address of each family in turn, beginning with the first one's; within a family as before
  /// (RFC 8305 §4): where one family leads nowhere, the second attempt is of the other.
  var familiesInTurn: [SocketAddress] {
    func isIPv6(_ address: SocketAddress) -> Bool {
      if case .ipv6 = address { true } else { false }
    }
    guard let first else { return [] }
    let (same, other) = (
      filter { isIPv6($0) == isIPv6(first) }, filter { isIPv6($0) != isIPv6(first) }
    )
    let paired = zip(same, other).flatMap { [$0, $1] }
    let count = paired.count / 2
    return paired + same[count...] + other[count...]
  }
}

extension SocketAddress {
  /// The address for the kernel.
  ///
  /// Throws `IOError.invalidAddress`: an interface that is not there, or a path that is too long.
  init(_ endpoint: EndpointAddress) throws(IOError) {
    switch endpoint {
    case .unix(let path): self = try SocketAddress(parsing: "unix:\(path)")
    case .ip(let host, let port):
      guard let address = SocketAddress(literal: host, port: port) else {
        throw .invalidAddress("\(endpoint)")
      }
      self = address
    }
  }
}

extension Result where Success == ResolvedSubsets, Failure == RPCError {
  /// Addresses that need no look-up.
  init(_ subsets: NameTable.Subsets, of target: Target) {
    do throws(IOError) {
      var resolved: ResolvedSubsets = []
      for subset in subsets where subset.weight > 0 && !subset.addresses.isEmpty {
        var addresses: [SocketAddress] = []
        for address in subset.addresses { addresses.append(try SocketAddress(address)) }
        resolved.append(
          WeightedSubset(subset.name, weight: subset.weight, addresses: addresses))
      }
      guard !resolved.isEmpty else {
        self = .failure(
          RPCError(.unavailable, "there is no address for \(target)", reach: .client))
        return
      }
      self = .success(resolved)
    } catch {
      self = .failure(RPCError(.unavailable, "\(error)", reach: .client))
    }
  }
}
