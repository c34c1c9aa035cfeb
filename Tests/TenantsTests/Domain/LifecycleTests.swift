import Testing

@testable import Tenants

@Suite("The lifecycle of a tenant")
struct LifecycleTests {
  @Test("every pair of state and action goes as drawn or is refused", arguments: Pair.all)
  func table(_ pair: Pair) throws {
    let expected = drawn[pair.action.kind]?[pair.start.name]
    if let expected {
      let next = try pair.start.life.applying(pair.action, at: pair.now)
      #expect(next == expected)
    } else {
      #expect(throws: LifecycleRefusal.wrongState(pair.action.kind, pair.start.life.state)) {
        try pair.start.life.applying(pair.action, at: pair.now)
      }
    }
  }

  @Test("the origins that a refusal names are those that the machine takes")
  func originsAreTrue() {
    for kind in LifecycleAction.Kind.allCases {
      let names = Set(drawn[kind, default: [:]].keys)
      let states = Set(Start.all.filter { names.contains($0.name) }.map(\.life.state))
      #expect(Set(kind.origins) == states)
    }
  }

  @Test("an offboarding is cancelled up to its deadline and not at it")
  func cancelWithinGrace() throws {
    let leaving = try Lifecycle.active.applying(.offboard(reason: "left", grace: 10), at: 100)
    #expect(leaving.deadline == 110)
    #expect(try leaving.applying(.cancelOffboarding, at: 109) == .active)
    #expect(throws: LifecycleRefusal.graceEnded) {
      try leaving.applying(.cancelOffboarding, at: 110)
    }
  }

  @Test("an offboarding completes from its deadline and not before")
  func completeAfterGrace() throws {
    let leaving = try Lifecycle.trial.applying(.offboard(reason: "left", grace: 10), at: 100)
    #expect(throws: LifecycleRefusal.graceRuns) {
      try leaving.applying(.completeOffboarding, at: 109)
    }
    let gone = try leaving.applying(.completeOffboarding, at: 110)
    #expect(gone.state == .offboarded)
    #expect(gone.reason == "left")
    #expect(gone.deadline == 110)
  }

  @Test("a suspended tenant that does not leave after all is suspended as before")
  func cancelReturnsToSuspension() throws {
    let suspended = try Lifecycle.trial
      .applying(.suspend(reason: "chargeback", cause: .chargebackAbuse), at: 1)
    let back =
      try suspended
      .applying(.offboard(reason: "left", grace: 10), at: 2)
      .applying(.cancelOffboarding, at: 3)
    #expect(back == suspended)
    #expect(back.reason == "chargeback")
    #expect(try back.applying(.reinstate, at: 4) == .trial)
  }

  @Test("the reason shown is that of the state")
  func reasons() throws {
    let suspended = try Lifecycle.active.applying(.suspend(reason: "fraud", cause: .other), at: 1)
    #expect(suspended.reason == "fraud")
    #expect(try suspended.applying(.reinstate, at: 2).reason == "")
    let leaving = try suspended.applying(.offboard(reason: "left", grace: 5), at: 3)
    #expect(leaving.reason == "left")
  }

  @Test("a refusal names the state and the rule", arguments: refusals)
  func words(_ refusal: LifecycleRefusal, _ text: String) {
    #expect(refusal.description == text)
  }

  static let refusals: [(LifecycleRefusal, String)] = [
    (
      .wrongState(.reinstate, .active),
      "the tenant is active; only a suspended tenant can be reinstated"
    ),
    (
      .wrongState(.suspend, .provisioned),
      "the tenant is provisioned; only a trial or active tenant can be suspended"
    ),
    (
      .wrongState(.cancelOffboarding, .trial),
      "the tenant is trial; only an offboarding tenant can have its offboarding cancelled"
    ),
    (
      .wrongState(.offboard, .offboarded),
      "the tenant is offboarded; only a provisioned, trial, active or suspended tenant can be "
        + "offboarded"
    ),
  ]
}

/// A life to start from, under a name.
struct Start: Sendable {
  let name: String
  let life: Lifecycle

  static let fromTrial = Lifecycle.suspended(.init(from: .trial, cause: .other, reason: "why"))
  static let fromActive = Lifecycle.suspended(.init(from: .active, cause: .other, reason: "why"))

  static let all: [Start] =
    resumable + resumable.map { Start(name: "leaving \($0.name)", life: leaving($0.life)) }
    + resumable.map {
      Start(
        name: "gone \($0.name)",
        life: .offboarded(.init(from: $0.life, reason: "bye", deadline: 50)))
    }

  static let resumable = [
    Start(name: "provisioned", life: .provisioned), Start(name: "trial", life: .trial),
    Start(name: "active", life: .active), Start(name: "suspended trial", life: fromTrial),
    Start(name: "suspended active", life: fromActive),
  ]

  static func leaving(_ life: Lifecycle) -> Lifecycle {
    .offboarding(.init(from: life, reason: "bye", deadline: 50))
  }
}

/// One cell of the table: a life, an action, and a time that the action allows.
struct Pair: Sendable, CustomTestStringConvertible {
  let start: Start
  let action: LifecycleAction
  let now: Micros

  var testDescription: String { "\(action.kind.rawValue) of \(start.name)" }

  static let actions: [LifecycleAction] = [
    .startTrial, .activate, .suspend(reason: "why", cause: .other), .reinstate,
    .offboard(reason: "bye", grace: 10), .cancelOffboarding, .completeOffboarding,
  ]

  static let all = Start.all.flatMap { start in
    actions.map { Pair(start: start, action: $0, now: $0 == .completeOffboarding ? 50 : 40) }
  }
}

/// What comes out, for each action and the name of the life it starts from; all else is refused.
private let drawn: [LifecycleAction.Kind: [String: Lifecycle]] = [
  .startTrial: ["provisioned": .trial],
  .activate: ["provisioned": .active, "trial": .active],
  .suspend: ["trial": Start.fromTrial, "active": Start.fromActive],
  .reinstate: ["suspended trial": .trial, "suspended active": .active],
  .offboard: [
    "provisioned": Start.leaving(.provisioned), "trial": Start.leaving(.trial),
    "active": Start.leaving(.active), "suspended trial": Start.leaving(Start.fromTrial),
    "suspended active": Start.leaving(Start.fromActive),
  ],
  .cancelOffboarding: [
    "leaving provisioned": .provisioned, "leaving trial": .trial, "leaving active": .active,
    "leaving suspended trial": Start.fromTrial, "leaving suspended active": Start.fromActive,
  ],
  .completeOffboarding: [
    "leaving provisioned": gone(.provisioned), "leaving trial": gone(.trial),
    "leaving active": gone(.active), "leaving suspended trial": gone(Start.fromTrial),
    "leaving suspended active": gone(Start.fromActive),
  ],
]

private func gone(_ life: Lifecycle) -> Lifecycle {
  .offboarded(.init(from: life, reason: "bye", deadline: 50))
}
