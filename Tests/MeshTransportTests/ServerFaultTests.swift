import MeshIO
import MeshRPC
import Testing

@testable import MeshTransport

@Suite("A server that breaks HTTP/2", .timeLimit(.minutes(1)))
struct ServerFaultTests {
  /// DATA on stream 0, which is nobody's.
  private static let fault: [UInt8] = [0, 0, 1, 0, 0, 0, 0, 0, 0, 0x78]

  private func withDeafServer(
    greeting: [UInt8], _ body: (DeafServer, EventLoop, TransportChannel) async throws -> Void
  ) async throws {
    let group = try EventLoopGroup(count: 1, name: "client")
    try group.start()
    let loop = group.loops[0]
    let server = try await loop.perform { () throws(IOError) in
      try DeafServer(greeting: greeting, on: loop)
    }
    let channel = TransportChannel(ChannelConfig(to: server.address), loops: [loop])
    try await body(server, loop, channel)
    await channel.close()
    await loop.perform { server.close() }
    await group.stop()
  }

  @Test("is named with its rule to the calls that were open")
  func openCalls() async throws {
    try await withDeafServer(greeting: DeafServer.settings) { server, loop, channel in
      let call = try await channel.open(Echo.say, CallOptions())
      await loop.perform { server.speak(Self.fault) }
      let status = await call.status()
      #expect(status.code == .unavailable)
      #expect(
        status.message == "the connection to \(server.address) was lost: HTTP/2: "
          + "the server broke a rule: PROTOCOL_ERROR \"DATA: stream_id == 0\"")
    }
  }

  @Test(
    "or speaks none is named with it to the calls that wait",
    arguments: [Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), fault])
  func waitingCalls(greeting: [UInt8]) async throws {
    try await withDeafServer(greeting: greeting) { server, _, channel in
      let error = await #expect(throws: RPCError.self) {
        let _: Text = try await RPCClient(channel).unary(Echo.say, Text(""), CallOptions())
      }
      #expect(error?.code == .unavailable)
      #expect(error?.message.contains("\(server.address)") == true)
      #expect(error?.message.contains(": HTTP/2: the server broke a rule: ") == true)
    }
  }
}
