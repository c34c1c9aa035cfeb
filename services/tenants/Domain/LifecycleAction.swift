/// What can be done to a tenant's life.
enum LifecycleAction: Sendable, Equatable {
  case startTrial
  case activate
  case suspend(reason: String, cause: SuspensionCause)
  case reinstate
  /// `grace` is in microseconds.
  case offboard(reason: String, grace: Micros)
  case cancelOffboarding
  case completeOffboarding

  /// An action without what it is given, as transitions are recorded.
  enum Kind: String, Sendable, CaseIterable {
    case startTrial = "start_trial"
    case activate
    case suspend
    case reinstate
    case offboard
    case cancelOffboarding = "cancel_offboarding"
    case completeOffboarding = "complete_offboarding"

    /// The states that the action starts from.
    var origins: [LifecycleState] {
      switch self {
      case .startTrial: [.provisioned]
      case .activate: [.provisioned, .trial]
      case .suspend: [.trial, .active]
      case .reinstate: [.suspended]
      case .offboard: [.provisioned, .trial, .active, .suspended]
      case .cancelOffboarding, .completeOffboarding: [.offboarding]
      }
    }

    /// The end of the sentence "only an active tenant can …".
    var ability: String {
      switch self {
      case .startTrial: "start its trial"
      case .activate: "be activated"
      case .suspend: "be suspended"
      case .reinstate: "be reinstated"
      case .offboard: "be offboarded"
      case .cancelOffboarding: "have its offboarding cancelled"
      case .completeOffboarding: "be shredded"
      }
    }
  }

  var kind: Kind {
    switch self {
    case .startTrial: .startTrial
    case .activate: .activate
    case .suspend: .suspend
    case .reinstate: .reinstate
    case .offboard: .offboard
    case .cancelOffboarding: .cancelOffboarding
    case .completeOffboarding: .completeOffboarding
    }
  }
}

/// Why a tenant's life does not take a turn.
enum LifecycleRefusal: Error, Sendable, Equatable {
  /// The action does not start from the state.
  case wrongState(LifecycleAction.Kind, LifecycleState)
  /// The deadline has passed: there is no way back.
  case graceEnded
  /// The deadline has not come: nothing is shredded yet.
  case graceRuns
}

extension LifecycleRefusal: CustomStringConvertible {
  /// The state and the rule, in words for the caller.
  var description: String {
    switch self {
    case .wrongState(let action, let state):
      let origins = action.origins.map(\.rawValue)
      let list =
        origins.count > 1
        ? origins.dropLast().joined(separator: ", ") + " or " + origins[origins.count - 1]
        : origins[0]
      let article = list.first.map("aeiou".contains) == true ? "an" : "a"
      return "the tenant is \(state.rawValue); only \(article) \(list) tenant can \(action.ability)"
    case .graceEnded:
      return "the grace period has ended; the offboarding can no longer be cancelled"
    case .graceRuns:
      return "the grace period has not ended; nothing is shredded before its deadline"
    }
  }
}
