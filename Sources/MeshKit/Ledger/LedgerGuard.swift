package import MeshRPC
import Synchronization

/// Remembers when the ledger was last heard of, and closes privileged methods when that is too long
/// ago: no change without its ledger entry, so no ledger, no change.
package final class LedgerGuard: Sendable {
  private let bound: Duration
  private let clock: @Sendable () -> ContinuousClock.Instant
  private let lastContact = Mutex<ContinuousClock.Instant?>(nil)

  /// Closes when the ledger has not answered for `bound`.
  package init(
    bound: Duration = .seconds(5),
    clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.bound = bound
    self.clock = clock
  }

  /// The ledger has answered.
  package func noteContact() {
    let now = clock()
    lastContact.withLock { $0 = now }
  }

  /// How long ago the ledger last answered; nil before its first answer.
  package var contactAge: Duration? { lastContact.withLock { $0 }?.duration(to: clock()) }

  /// Whether privileged methods may run.
  package var isOpen: Bool {
    guard let last = lastContact.withLock({ $0 }) else { return false }
    return last.duration(to: clock()) <= bound
  }

  /// Throws `UNAVAILABLE`, reason `LEDGER_UNREACHABLE`, when privileged methods may not run.
  package func check() throws(RPCError) {
    if !isOpen { throw Self.unreachable }
  }

  /// What a caller is told while the ledger is out of reach.
  static var unreachable: RPCError {
    RPCErrors.refusal(
      .unavailable, reason: "LEDGER_UNREACHABLE",
      "the audit ledger cannot be reached; changes are refused until it can")
  }
}
