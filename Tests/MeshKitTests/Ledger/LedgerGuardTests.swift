import MeshRPC
import Synchronization
import Testing

@testable import MeshKit

@Suite("The ledger guard")
struct LedgerGuardTests {
  @Test("opens with the first contact and closes when the ledger is silent for too long")
  func bound() throws {
    let start = ContinuousClock.now
    let now = Mutex(start)
    let guardian = LedgerGuard(bound: .seconds(5)) { now.withLock { $0 } }
    let refused = #expect(throws: RPCError.self) { try guardian.check() }
    #expect(refused?.code == .unavailable)
    guardian.noteContact()
    now.withLock { $0 = start.advanced(by: .seconds(5)) }
    try guardian.check()
    now.withLock { $0 = start.advanced(by: .milliseconds(5001)) }
    #expect(!guardian.isOpen)
    guardian.noteContact()
    #expect(guardian.isOpen)
  }
}
