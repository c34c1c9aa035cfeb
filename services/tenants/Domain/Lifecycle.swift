/// Where a tenant stands in its life, with what is needed to go back.
///
/// `applying` is the whole state machine; nothing else makes a new state.
enum Lifecycle: Sendable, Equatable {
  /// Created and not in use. Next: trial, active, offboarding.
  case provisioned
  /// Tried out by its customer. Next: active, suspended, offboarding.
  case trial
  /// In use. Next: suspended, offboarding.
  case active
  /// Its members are kept out, its data stays. Next: the state before, offboarding.
  case suspended(Suspension)
  /// The grace clock runs. Next: within the grace the state before, after it offboarded.
  indirect case offboarding(Offboarding)
  /// Gone. Final.
  indirect case offboarded(Offboarding)

  /// A suspension and the way back from it.
  struct Suspension: Sendable, Equatable {
    /// The states that a tenant can be suspended from.
    enum Origin: String, Sendable, CaseIterable {
      case trial, active
    }

    let from: Origin
    let cause: SuspensionCause
    /// The operator's words.
    let reason: String
  }

  /// A farewell and the way back from it.
  struct Offboarding: Sendable, Equatable {
    /// The state before; never offboarding or offboarded.
    let from: Lifecycle
    /// The operator's words.
    let reason: String
    /// When the grace ends and the data is shredded.
    let deadline: Micros
  }

  /// What remains of the lifecycle when nothing but its name matters.
  var state: LifecycleState {
    switch self {
    case .provisioned: .provisioned
    case .trial: .trial
    case .active: .active
    case .suspended: .suspended
    case .offboarding: .offboarding
    case .offboarded: .offboarded
    }
  }

  /// Why the tenant is suspended or leaving; empty otherwise.
  var reason: String {
    switch self {
    case .suspended(let suspension): suspension.reason
    case .offboarding(let farewell), .offboarded(let farewell): farewell.reason
    case .provisioned, .trial, .active: ""
    }
  }

  /// When the grace of a leaving tenant ends.
  var deadline: Micros? {
    switch self {
    case .offboarding(let farewell), .offboarded(let farewell): farewell.deadline
    case .provisioned, .trial, .active, .suspended: nil
    }
  }

  /// The life after `action`, or why there is none.
  func applying(_ action: LifecycleAction, at now: Micros) throws(LifecycleRefusal) -> Lifecycle {
    switch (self, action) {
    case (.provisioned, .startTrial):
      return .trial
    case (.provisioned, .activate), (.trial, .activate):
      return .active
    case (.trial, .suspend(let reason, let cause)):
      return .suspended(Suspension(from: .trial, cause: cause, reason: reason))
    case (.active, .suspend(let reason, let cause)):
      return .suspended(Suspension(from: .active, cause: cause, reason: reason))
    case (.suspended(let suspension), .reinstate):
      return suspension.from == .trial ? .trial : .active
    case (.provisioned, .offboard(let reason, let grace)),
      (.trial, .offboard(let reason, let grace)),
      (.active, .offboard(let reason, let grace)),
      (.suspended, .offboard(let reason, let grace)):
      return .offboarding(Offboarding(from: self, reason: reason, deadline: now + grace))
    case (.offboarding(let farewell), .cancelOffboarding):
      guard now < farewell.deadline else { throw .graceEnded }
      return farewell.from
    case (.offboarding(let farewell), .completeOffboarding):
      guard now >= farewell.deadline else { throw .graceRuns }
      return .offboarded(farewell)
    default:
      throw .wrongState(action.kind, state)
    }
  }
}
