import MeshKit
import MeshRPC
import Synchronization

/// Refuses calls that come too fast: of one address without a credential, of one caller, of one
/// tenant's members together, and of one caller to a method that costs much.
///
/// Whoever is refused learns when to try again and nothing else: the known and the unknown method
/// are counted alike.
final class RateLimiter: Sendable {
  /// What is let through; nil is no limit.
  struct Limits: Sendable {
    /// Calls of one address that have no valid credential.
    var address: Rate?
    /// Calls of one account.
    var caller: Rate?
    /// Calls of all members of one tenant.
    var tenant: Rate?
    /// Calls of one caller to a method, by its path.
    var methods: [String: Rate] = [:]
    /// Buckets of each kind that are remembered.
    var memory = 10_000
  }

  private struct MethodKey: Hashable {
    let path: String
    let caller: String
  }

  private struct State {
    var addresses: RateTable<String>
    var callers: RateTable<String>
    var tenants: RateTable<String>
    var methods: RateTable<MethodKey>
  }

  private let limits: Limits
  private let now: @Sendable () -> Micros
  private let state: Mutex<State>

  /// Limits calls to `limits`.
  init(_ limits: Limits, now: @escaping @Sendable () -> Micros = Timestamps.now) {
    self.limits = limits
    self.now = now
    state = Mutex(
      State(
        addresses: RateTable(limit: limits.memory), callers: RateTable(limit: limits.memory),
        tenants: RateTable(limit: limits.memory), methods: RateTable(limit: limits.memory)))
  }

  /// Before a credential is asked about: refuses an address that has sent too many that are none.
  func check(ip: String) throws(RPCError) {
    guard let rate = limits.address else { return }
    let now = now()
    try refuse(state.withLock { $0.addresses.wait(Self.network(ip), rate, at: now) })
  }

  /// Counts a call of `caller`, which came from `ip`.
  func count(_ caller: Caller, ip: String) throws(RPCError) {
    let now = now()
    let wait = state.withLock { state -> Micros in
      guard caller.kind != .anonymous else {
        return limits.address.map { state.addresses.take(Self.network(ip), $0, at: now) } ?? 0
      }
      let wait = limits.caller.map { state.callers.take(caller.id, $0, at: now) } ?? 0
      guard wait == 0, caller.kind == .member, let tenant = caller.tenantID else { return wait }
      return limits.tenant.map { state.tenants.take(tenant, $0, at: now) } ?? 0
    }
    try refuse(wait)
  }

  /// Counts a call that `caller` may make, where its method has a limit of its own.
  func count(_ caller: Caller, ip: String, method path: String) throws(RPCError) {
    guard let rate = limits.methods[path] else { return }
    let who = caller.kind == .anonymous ? Self.network(ip) : caller.id
    let now = now()
    try refuse(
      state.withLock { $0.methods.take(MethodKey(path: path, caller: who), rate, at: now) })
  }

  private func refuse(_ wait: Micros) throws(RPCError) {
    guard wait > 0 else { return }
    throw RPCErrors.tooFast(retryAfter: .microseconds(wait))
  }

  /// What counts as one address: of IPv6, the network of 64 bits that one customer gets.
  private static func network(_ ip: String) -> String {
    guard ip.contains(":") else { return ip }
    // The compressed part, if it is among the first four groups, stands for zeros.
    var groups: [Substring] = []
    for group in ip.split(separator: ":", omittingEmptySubsequences: false).prefix(4) {
      if group.isEmpty { break }
      groups.append(group)
    }
    return groups.joined(separator: ":")
  }
}
