import MeshAPI
import MeshRPC
import Testing

@testable import BenchEcho

@Suite struct EchoServiceTests {
  private let client = RPCClient(InProcessChannel(EchoService.router()))

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
}
