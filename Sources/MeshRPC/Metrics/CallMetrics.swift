import Synchronization

/// The call metrics of a process: of the methods it serves, and of those it calls, by target.
///
/// Bounded: methods are those that routers and clients know, targets those that the process opens
/// channels to; beyond the limits everything is counted under `other`.
package final class CallMetrics: Sendable {
  /// The most methods that one side is counted for.
  package static let methodLimit = 1024
  /// The highest number of a method that is called and counted by its name: a process makes its
  /// descriptors once, so one that gets beyond this makes them for names that it is given.
  static let numberLimit = 16 << 10
  /// The most targets that calls are counted for.
  package static let targetLimit = 64

  private struct State {
    var served: [String: CallSeries] = [:]
    var targets: [String: TargetSeries] = [:]
  }

  private let state = Mutex(State())

  /// Starts with nothing counted.
  package init() {}

  /// The series of a method that is served; nil is all that are not registered.
  package func served(_ method: MethodDescriptor?) -> CallSeries {
    state.withLock { state in
      let name = method.map { String($0.path.dropFirst()) } ?? CallSeries.other
      if let known = state.served[name] { return known }
      guard state.served.count < Self.methodLimit || method == nil else {
        let other = state.served[CallSeries.other] ?? CallSeries(nil)
        state.served[CallSeries.other] = other
        return other
      }
      let series = CallSeries(method)
      state.served[name] = series
      return series
    }
  }

  /// The series of the calls to `target`, for example `unix:/run/tenantry/audit.sock`.
  package func target(_ target: String) -> TargetSeries {
    state.withLock { state in
      let name = state.targets.count < Self.targetLimit ? target : CallSeries.other
      if let known = state.targets[target] ?? state.targets[name] { return known }
      let series = TargetSeries(name)
      state.targets[name] = series
      return series
    }
  }

  /// What is served, by the methods' names.
  package var served: [CallSeries] {
    state.withLock { $0.served.values.sorted { $0.method < $1.method } }
  }

  /// What is called, by the targets' names.
  package var targets: [TargetSeries] {
    state.withLock { $0.targets.values.sorted { $0.target < $1.target } }
  }
}

/// The metrics of the calls to one target: each attempt, and each call from the first attempt to
/// the last.
package final class TargetSeries: Sendable {
  /// The target's name.
  package let target: String
  private let attemptTable = Mutex<[CallSeries?]>([])
  private let callTable = Mutex<[CallSeries?]>([])

  init(_ target: String) { self.target = target }

  /// The series of the attempts of a method.
  package func attempts(_ method: MethodDescriptor) -> CallSeries {
    Self.series(of: method, in: attemptTable)
  }

  /// The series of the calls of a method.
  package func calls(_ method: MethodDescriptor) -> CallSeries {
    Self.series(of: method, in: callTable)
  }

  /// What has been counted of attempts, by the methods' names.
  package var attempts: [CallSeries] { Self.known(attemptTable) }

  /// What has been counted of calls, by the methods' names.
  package var calls: [CallSeries] { Self.known(callTable) }

  /// By the method's number, so that no name is hashed for a call.
  private static func series(
    of method: MethodDescriptor, in table: borrowing Mutex<[CallSeries?]>
  ) -> CallSeries {
    table.withLock { table in
      // Place 0 is for the methods behind the limit.
      let place = method.number < CallMetrics.numberLimit ? method.number + 1 : 0
      while table.count <= place { table.append(nil) }
      if let known = table[place] { return known }
      // Two descriptors of one method count together.
      let name = place == 0 ? CallSeries.other : String(method.path.dropFirst())
      let series =
        table.lazy.compactMap(\.self).first { $0.method == name }
        ?? CallSeries(place == 0 ? nil : method)
      table[place] = series
      return series
    }
  }

  private static func known(_ table: borrowing Mutex<[CallSeries?]>) -> [CallSeries] {
    let series = table.withLock { $0.compactMap(\.self) }
    return Dictionary(series.map { ($0.method, $0) }) { first, _ in first }.values
      .sorted { $0.method < $1.method }
  }
}
