import Glibc
import MeshIO
import Testing

@Suite struct SignalTests {
  @Test("signals arrive on the loop, one source each, and go back to their former action")
  func signals() async throws {
    try await onLoop { loop in
      let gate = Gate<Signal>()
      let source = try SignalSource([.user1, .user2], on: loop) { signal in
        #expect(loop.isCurrent)
        gate.give(signal)
      }
      #expect(throws: IOError.signalTaken(SIGUSR1)) {
        _ = try SignalSource([.user1], on: loop) { _ in }
      }
      kill(getpid(), SIGUSR1)
      #expect(await gate.wait() == .user1)
      kill(getpid(), SIGUSR2)
      #expect(await gate.wait() == .user2)
      source.close()
      source.close()
      var action = sigaction()
      sigaction(SIGUSR1, nil, &action)
      #expect(action.__sigaction_handler.sa_handler == nil)
      let again = try SignalSource([.user1], on: loop) { gate.give($0) }
      kill(getpid(), SIGUSR1)
      #expect(await gate.wait() == .user1)
      again.close()
    }
  }
}
