import Synchronization

/// Addresses that share a weight: the replicas of one version of a service.
package struct WeightedSubset<Address: Sendable & Hashable>: Sendable, Hashable {
  /// For example a version; sticky calls remember it.
  package var name: String
  /// Its share of the calls, against the weights of the other subsets; 0 gets none.
  package var weight: Int
  /// Its addresses, which share its calls.
  package var addresses: [Address]

  /// A subset; the weight is 0 to 1,000,000.
  package init(_ name: String = "", weight: Int = 1, addresses: [Address]) {
    precondition((0...1_000_000).contains(weight), "a weight is 0 to 1,000,000")
    self.name = name
    self.weight = weight
    self.addresses = addresses
  }
}

/// The mesh's own names: where each service listens, by version and weight.
///
/// Channels to `mesh:name` follow it: a change moves new calls at once, and open ones stay where
/// they are. Any thread.
package final class NameTable: Sendable {
  /// What a name stands for.
  package typealias Subsets = [WeightedSubset<EndpointAddress>]

  /// Ends a watch when it is released.
  package final class Watch: Sendable {
    private let end: @Sendable () -> Void

    fileprivate init(_ end: @escaping @Sendable () -> Void) { self.end = end }

    deinit { end() }
  }

  private struct State {
    var names: [String: Subsets] = [:]
    var watches: [Int: (name: String, changed: @Sendable () -> Void)] = [:]
    var nextWatch = 0
  }

  private let state: Mutex<State>

  /// A table with these names.
  package init(_ names: [String: Subsets] = [:]) {
    state = Mutex(State(names: names))
  }

  /// What a name stands for now; empty when it is unknown.
  package func subsets(of name: String) -> Subsets { state.withLock { $0.names[name] ?? [] } }

  /// Changes what a name stands for; whoever watches it is told before this returns.
  ///
  /// Two changes at once may be told in either order, so a watcher asks what holds now.
  package func set(_ subsets: Subsets, for name: String) {
    let told = state.withLock { state in
      state.names[name] = subsets
      return state.watches.values.filter { $0.name == name }.map(\.changed)
    }
    for changed in told { changed() }
  }

  /// Tells every later change of a name, on the thread that makes it, until the answer is released.
  package func watch(
    _ name: String, _ changed: @escaping @Sendable () -> Void
  ) -> Watch {
    let number = state.withLock { state in
      state.nextWatch += 1
      state.watches[state.nextWatch] = (name, changed)
      return state.nextWatch
    }
    return Watch { [weak self] in
      self?.state.withLock { _ = $0.watches.removeValue(forKey: number) }
    }
  }
}

extension NameTable {
  /// Reads names from a setting: `name=subset*weight@address|address,subset*weight@address;name=…`.
  ///
  /// For example `tenants=v1*95@unix:/run/a|unix:/run/b,v2*5@10.0.0.7:8443`. Spaces around names,
  /// subsets and addresses are free; the weight is 0 to 1,000,000.
  package convenience init(parsing text: String) throws(NamingError) {
    var names: [String: Subsets] = [:]
    for entry in text.split(separator: ";").map(Target.trimmed) where !entry.isEmpty {
      let parts = entry.split(separator: "=", maxSplits: 1).map(Target.trimmed)
      guard parts.count == 2, Self.isName(parts[0]) else {
        throw NamingError(String(entry), "write name=subset*weight@address|address,…")
      }
      guard names[String(parts[0])] == nil else {
        throw NamingError(String(parts[0]), "the name is there twice")
      }
      var subsets: Subsets = []
      for piece in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
        subsets.append(try Self.subset(Target.trimmed(piece)))
      }
      guard Set(subsets.map(\.name)).count == subsets.count else {
        throw NamingError(String(parts[0]), "a subset is there twice")
      }
      names[String(parts[0])] = subsets
    }
    self.init(names)
  }

  static func isName(_ text: Substring) -> Bool {
    (1...63).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 48...57, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
      }
  }

  private static func subset(
    _ text: Substring
  ) throws(NamingError) -> WeightedSubset<EndpointAddress> {
    let halves = text.split(separator: "@", maxSplits: 1)
    let head = halves.first?.split(separator: "*", omittingEmptySubsequences: false) ?? []
    guard halves.count == 2, head.count == 2, isName(head[0]),
      let weight = Int(head[1]), (0...1_000_000).contains(weight)
    else {
      throw NamingError(String(text), "write subset*weight@address, the weight at most 1000000")
    }
    var addresses: [EndpointAddress] = []
    for piece in halves[1].split(separator: "|", omittingEmptySubsequences: false) {
      guard let address = EndpointAddress(parsing: Target.trimmed(piece)) else {
        throw NamingError(String(piece), "write ip:port, [ip]:port or unix:/path")
      }
      addresses.append(address)
    }
    return WeightedSubset(String(head[0]), weight: weight, addresses: addresses)
  }
}
