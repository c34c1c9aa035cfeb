import MeshHTTP2
import MeshIO
import MeshRPC
import Testing

@testable import MeshTransport

@Suite("A call that fails says how far it came", .timeLimit(.minutes(1)))
struct ReachTests {
  private func channel(_ address: SocketAddress, _ loops: [EventLoop]) -> TransportChannel {
    TransportChannel(ChannelConfig(to: address), loops: loops)
  }

  private func outcome(_ channel: TransportChannel) async throws -> Status {
    let stream = try await channel.open(Echo.say, CallOptions())
    // What becomes of the message shows in the status.
    try? await stream.sendLast(Text("").framed)
    return await stream.status()
  }

  @Test("refused by the server: no handler has seen it")
  func refusedStream() async throws {
    try await withScriptedServer { connection, event in
      if case .request(let id, _) = event { connection.session.reset(id, .refusedStream) }
    } _: { address, loops in
      let status = try await outcome(channel(address, loops))
      #expect(status.code == .unavailable)
      #expect(status.reach == .transport)
      #expect(status.message == "\(address) refused the call: REFUSED_STREAM")
    }
  }

  @Test("reset for another reason: a handler may have seen it")
  func resetStream() async throws {
    try await withScriptedServer { connection, event in
      if case .request(let id, _) = event { connection.session.reset(id, .internalError) }
    } _: { address, loops in
      let status = try await outcome(channel(address, loops))
      #expect(status.code == .internal)
      #expect(!status.isUnprocessed)
    }
  }

  @Test("above the last stream of a GOAWAY it is unprocessed; those below it go on")
  func aboveLastStream() async throws {
    try await withScriptedServer { connection, event in
      guard connection.number == 0 else {
        if case .endOfRequest(let id) = event { connection.answer(id) }
        return
      }
      if case .request(StreamID(rawValue: 3), _) = event {
        connection.session.goAway(
          lastStream: StreamID(rawValue: 1), code: .enhanceYourCalm, debug: "too busy")
        connection.link?.scheduleFlush()
        connection.answer(StreamID(rawValue: 1))
      }
    } _: { address, loops in
      let channel = channel(address, loops)
      let below = try await channel.open(Echo.say, CallOptions())
      try await below.sendLast(Text("").framed)
      let above = try await outcome(channel)
      #expect(above.code == .unavailable)
      #expect(above.reach == .transport)
      #expect(above.message == "\(address) goes away: GOAWAY ENHANCE_YOUR_CALM \"too busy\"")
      #expect(await below.status().code == .ok)
      #expect(try await outcome(channel).code == .ok)
    }
  }

  @Test("on a connection that is lost it is unavailable and may have been seen")
  func lostConnection() async throws {
    try await withScriptedServer { connection, event in
      if case .endOfRequest = event { connection.hangUp() }
    } _: { address, loops in
      let status = try await outcome(channel(address, loops))
      #expect(status.code == .unavailable)
      #expect(status.reach == .handler)
      #expect(
        status.message
          == "the connection to \(address) was lost: the peer closed the connection")
    }
  }

  @Test("what a handler passes on of a call it made itself says nothing about its own")
  func passedOn() async throws {
    var router = Router()
    router.unary(Echo.say) { (_: Text, _: ServerCall) -> Text in
      throw RPCError(.unavailable, "refused", reach: .transport)
    }
    let error = await #expect(throws: RPCError.self) {
      let _: Text = try await RPCClient(InProcessChannel(router)).unary(
        Echo.say, Text(""), CallOptions())
    }
    #expect(error?.code == .unavailable)
    #expect(error?.isUnprocessed == false)
  }
}
