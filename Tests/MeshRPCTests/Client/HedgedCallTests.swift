import Testing

@testable import MeshRPC

@Suite("A call that is hedged", .timeLimit(.minutes(1)))
struct HedgedCallTests {
  private func hedges(_ attempts: Int = 3) throws -> MethodConfig.Repetition {
    .hedge(
      try HedgingPolicy(
        maxAttempts: attempts, delay: .milliseconds(1), nonFatalCodes: [.unavailable]))
  }

  /// A pause that only cancellation ends.
  private static let forever: @Sendable (Duration) async throws -> Void = { _ in
    for await _ in AsyncStream<Never>.makeStream().stream {}
    throw CancellationError()
  }

  private func say(_ client: RPCClient) async throws -> String {
    let answer: Text = try await client.unary(Misbehaving.say, Text("hi"), CallOptions())
    return answer.value
  }

  @Test("is answered by the first attempt that answers; the others are cancelled")
  func firstAnswer() async throws {
    let service = Misbehaving([.hang, .hang, .answer])
    #expect(try await say(service.client(hedges())) == "hi")
    #expect(service.previous == [nil, "1", "2"])
    while service.cancelled < 2 { await Task.yield() }
  }

  @Test("makes one attempt when that answers before the delay is over")
  func quick() async throws {
    let service = Misbehaving([])
    let client = try service.client(hedges()) { $0.pause = Self.forever }
    #expect(try await say(client) == "hi")
    #expect(service.previous == [nil])
  }

  @Test("goes on at once when an attempt fails that leaves the others their chance")
  func nonFatal() async throws {
    let service = Misbehaving([.fail(.unavailable), .refuse(.unavailable), .answer])
    let client = try service.client(hedges()) { $0.pause = Self.forever }
    #expect(try await say(client) == "hi")
    #expect(service.previous == [nil, "1", "2"])
  }

  @Test("fails when an attempt fails for good, and the others are cancelled")
  func fatal() async throws {
    let service = Misbehaving([.hang, .fail(.notFound)])
    // A third attempt might answer before the second's failure is read.
    await #expect(throws: RPCError(.notFound, "scripted")) {
      try await say(service.client(hedges(2)))
    }
    while service.cancelled < 1 { await Task.yield() }
  }

  @Test("fails as the last attempt did when all have failed")
  func allFail() async throws {
    let service = Misbehaving(
      [.fail(.unavailable), .refuse(.unavailable), .fail(.unavailable)])
    await #expect(throws: RPCError(.unavailable, "scripted")) {
      try await say(service.client(hedges()))
    }
    #expect(service.previous.count == 3)
  }

  @Test("that no handler has seen goes again uncounted")
  func unseen() async throws {
    let service = Misbehaving([.lose(.transport), .answer])
    let client = try service.client(hedges(2)) { $0.pause = Self.forever }
    #expect(try await say(client) == "hi")
    #expect(service.previous.prefix(2) == [nil, nil])
  }

  @Test("streams its answer from the attempt that won")
  func serverStreaming() async throws {
    let service = Misbehaving([.hang, .answer])
    let call: StreamingCall<Text, Text> = try await service.client(hedges(2)).serverStreaming(
      Misbehaving.split, Text("hi"), CallOptions())
    #expect(try await call.responses.reduce("") { $0 + $1.value } == "hi")
    #expect(await call.status().code == .ok)
  }

  @Test("cancels every attempt when its caller is cancelled")
  func cancelled() async throws {
    let service = Misbehaving([.hang, .hang, .hang])
    let client = try service.client(hedges())
    let caller = Task { try await say(client) }
    while service.previous.count < 3 { await Task.yield() }
    caller.cancel()
    await #expect(throws: RPCError(.cancelled, "the call was cancelled")) {
      try await caller.value
    }
    while service.cancelled < 3 { await Task.yield() }
  }

  @Test("ends when it is given up while its next attempt waits for an endpoint")
  func givenUp() async throws {
    let service = Misbehaving([.fail(.unavailable), .wait])
    let client = try service.client(hedges()) { $0.pause = Self.forever }
    let call: StreamingCall<Text, Text> = try await client.serverStreaming(
      Misbehaving.split, Text("hi"), CallOptions())
    let reader = Task { for try await _ in call.responses {} }
    while service.previous.count < 2 { await Task.yield() }
    call.cancel()
    await #expect(throws: RPCError(.cancelled, "the call was cancelled")) {
      try await reader.value
    }
  }

  @Test("is made once when its request is more than the buffer holds")
  func overflow() async throws {
    let service = Misbehaving([.fail(.unavailable)])
    let client = try service.client(hedges()) { $0.bufferBytes = 1 }
    await #expect(throws: RPCError(.unavailable, "scripted")) { try await say(client) }
    #expect(service.previous == [nil])
  }
}
