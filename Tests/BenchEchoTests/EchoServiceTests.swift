import MeshAPI
import MeshRPC
import Testing

@testable import BenchEcho

@Suite struct EchoServiceTests {
  private let client = RPCClient(InProcessChannel(EchoService.router(fails: false)))

  @Test("what is said comes back")
  func say() async throws {
    let text = GoogleProtobuf.StringValue(value: "hello")
    #expect(try await client.unary(EchoService.say, text, CallOptions()) == text)
  }

  @Test("nothing is answered with nothing")
  func nothing() async throws {
    let empty = GoogleProtobuf.Empty()
    #expect(try await client.unary(EchoService.nothing, empty, CallOptions()) == empty)
  }

  @Test("as many messages of 64 KiB come as are asked for", arguments: [0, 1, 3])
  func pour(count: UInt32) async throws {
    let call: StreamingCall<GoogleProtobuf.UInt32Value, GoogleProtobuf.BytesValue> =
      try await client.serverStreaming(EchoService.pour, .init(value: count), CallOptions())
    var sizes: [Int] = []
    for try await message in call.responses { sizes.append(message.value.count) }
    #expect(sizes == Array(repeating: 64 << 10, count: Int(count)))
  }

  @Test("a server that is told to fails every call")
  func fails() async throws {
    let options = try #require(EchoOptions(["127.0.0.1:1", "--fails"]))
    let client = RPCClient(InProcessChannel(EchoService.router(fails: options.fails)))
    let error = await #expect(throws: RPCError.self) {
      let _: GoogleProtobuf.Empty = try await client.unary(
        EchoService.nothing, GoogleProtobuf.Empty(), CallOptions())
    }
    #expect(error?.code == .unavailable)
  }
}

@Suite struct EchoOptionsTests {
  @Test("without options the limits are those of strangers, but for one busy address")
  func defaults() throws {
    let config = try #require(EchoOptions(["127.0.0.1:50051"])).config()
    #expect(config.endpoints.map(\.address.description) == ["127.0.0.1:50051"])
    #expect(config.caps.connectionsPerAddress == config.caps.connections)
    #expect(config.windowStall == .seconds(60))
  }

  @Test("options change the limits")
  func options() throws {
    let arguments = ["127.0.0.1:1", "--time-limit", "2", "--connections-per-address", "9"]
    let config = try #require(EchoOptions(arguments)).config()
    #expect(config.windowStall == .seconds(2))
    #expect(config.lifetime.maxIdle == .seconds(4))
    #expect(config.caps.connectionsPerAddress == 9)
  }

  @Test(
    "what makes no sense is refused",
    arguments: [
      [], ["nowhere"], ["127.0.0.1:1", "--time-limit"], ["127.0.0.1:1", "--time-limit", "0"],
      ["127.0.0.1:1", "--other", "1"], ["127.0.0.1:1", "--certificate", "tls.pem"],
    ])
  func refused(arguments: [String]) {
    #expect(EchoOptions(arguments) == nil)
  }
}
