import MeshHTTP2
import MeshIO
import MeshRPC
import Synchronization
import Testing

@testable import MeshTransport

@Suite("A call that its server cancels", .timeLimit(.minutes(1)))
struct DeadlineTests {
  /// How a server says so.
  enum Word: CaseIterable {
    case status, reset

    func say(on connection: ScriptedConnection, _ stream: StreamID) {
      switch self {
      case .status:
        let status = Status(code: .cancelled, message: "the server's clock is ahead")
        connection.session.submitHeaders(
          stream, GRPCHeaders.outcome(status, trailersOnly: true), endStream: true)
      case .reset: connection.session.reset(stream, .cancel)
      }
    }
  }

  /// What the client's loop and the server's tell each other.
  private final class Flags: Sendable {
    let isHeld = Atomic(false)
    let isSaid = Atomic(false)
  }

  /// Keeps the client's loop from running its timers until the deadline has passed and the server's
  /// word is in the client's socket: the loop reads that first.
  private static func hold(_ client: EventLoop, until deadline: Deadline, _ flags: Flags) {
    client.execute {
      flags.isHeld.store(true, ordering: .releasing)
      while deadline.remaining > .zero || !flags.isSaid.load(ordering: .acquiring) {}
    }
    while !flags.isHeld.load(ordering: .acquiring) {}
  }

  private func outcome(
    _ word: Word, _ options: CallOptions, isLate: Bool
  ) async throws -> StatusCode? {
    let group = try EventLoopGroup(count: 1, name: "client")
    try group.start()
    let client = group.loops[0]
    let deadline = try #require(options.deadline)
    let flags = Flags()
    let code = try await withScriptedServer { connection, event in
      guard case .endOfRequest(let stream) = event else { return }
      if isLate { Self.hold(client, until: deadline, flags) }
      word.say(on: connection, stream)
      // In the next turn, when it has left.
      _ = EventLoop.current?.schedule(after: .zero) {
        flags.isSaid.store(true, ordering: .releasing)
      }
    } _: { address, _ in
      let channel = TransportChannel(ChannelConfig(to: address), loops: [client])
      let error = await #expect(throws: RPCError.self) {
        let _: Text = try await RPCClient(channel).unary(Echo.say, Text("here"), options)
      }
      await channel.close()
      return error?.code
    }
    await group.stop()
    return code
  }

  @Test("after its deadline has exceeded it", arguments: Word.allCases)
  func late(word: Word) async throws {
    let code = try await outcome(word, .timeout(.seconds(1)), isLate: true)
    #expect(code == .deadlineExceeded)
  }

  @Test("before its deadline was cancelled", arguments: Word.allCases)
  func early(word: Word) async throws {
    let code = try await outcome(word, .timeout(.seconds(60)), isLate: false)
    #expect(code == .cancelled)
  }
}
