import Glibc
import MeshIO
import MeshRPC
import Testing

@testable import MeshTransport

@Suite("Large messages", .timeLimit(.minutes(1)))
struct LargeMessageTests {
  private static let pour = MethodDescriptor(
    service: "test.Large", method: "Pour", kind: .serverStreaming)

  /// Longer than a frame and no multiple of one; each message differs from its neighbours.
  private static func message(_ number: Int) -> Text {
    Text(String(repeating: Character(Unicode.Scalar(UInt8(97 + number % 26))), count: 150_001))
  }

  /// Pours as many messages as are asked for.
  private static var router: Router {
    var router = Router()
    router.serverStreaming(pour) {
      (request: Text, writer: ResponseWriter<Text>, call: ServerCall) in
      for number in 0..<(Int(request.value) ?? 0) { try await writer.write(message(number)) }
    }
    return router
  }

  /// Reads a stream to its end; how many messages were as they should be.
  private static func right(_ client: RPCClient, of count: Int) async throws -> Int {
    let call: StreamingCall<Text, Text> = try await client.serverStreaming(
      pour, Text("\(count)"), CallOptions())
    var number = 0
    for try await message in call.responses {
      guard message == Self.message(number) else { return number }
      number += 1
    }
    return number
  }

  /// A Unix socket takes less than a message at once, and nobody reads while the server writes,
  /// because both ends are on one loop: most writes take a part of what is gathered.
  @Test("arrive whole over a socket that takes little at a time, whatever other streams do")
  func parts() async throws {
    let path = "/tmp/mesh-large-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    defer { unlink(path) }
    try await withServer(on: .unix(path), router: Self.router) { _, address, loops in
      let client = RPCClient(TransportChannel(ChannelConfig(to: address), loops: loops))
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<3 { group.addTask { try await Self.right(client, of: 40) } }
        // Streams that are reset while their messages are on the way.
        for _ in 0..<10 {
          let call: StreamingCall<Text, Text> = try await client.serverStreaming(
            Self.pour, Text("1000"), CallOptions())
          for try await message in call.responses {
            #expect(message == Self.message(0))
            break
          }
          call.cancel()
        }
        for try await count in group { #expect(count == 40) }
      }
    }
  }
}
