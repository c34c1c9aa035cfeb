import Synchronization
import Testing

@testable import MeshRPC

@Suite("A call that is retried", .timeLimit(.minutes(1)))
struct RetriedCallTests {
  private func retries(_ attempts: Int = 4) throws -> MethodConfig.Repetition {
    .retry(try policy(attempts: attempts))
  }

  private func say(_ client: RPCClient, _ options: CallOptions = CallOptions()) async throws
    -> String
  {
    let answer: Text = try await client.unary(Misbehaving.say, Text("hi"), options)
    return answer.value
  }

  @Test("succeeds on a later attempt, which says how many there were before")
  func succeeds() async throws {
    let service = Misbehaving([.fail(.unavailable), .refuse(.unavailable), .answer])
    #expect(try await say(service.client(retries())) == "hi")
    #expect(service.previous == [nil, "1", "2"])
    #expect(service.pauses == [.seconds(1), .seconds(2)])
    #expect(service.requests == ["hi"])
  }

  @Test("fails as its last attempt did")
  func fails() async throws {
    let service = Misbehaving([.fail(.unavailable), .fail(.unavailable), .fail(.notFound)])
    await #expect(throws: RPCError(.notFound, "scripted")) {
      try await say(service.client(retries()))
    }
    #expect(service.previous == [nil, "1", "2"])
    let refused = Misbehaving([.refuse(.unavailable), .refuse(.unavailable)])
    await #expect(throws: RPCError(.unavailable, "refused")) {
      try await say(refused.client(retries(2)))
    }
  }

  @Test(
    "is not repeated once its answer has begun, or when the server wants no more",
    arguments: [Misbehaving.Act.failLate(.unavailable), .fail(.unavailable, pushback: "-1")])
  func committed(act: Misbehaving.Act) async throws {
    let service = Misbehaving([act])
    await #expect(throws: RPCError.self) { try await say(service.client(retries())) }
    #expect(service.previous == [nil])
  }

  @Test("waits as long as the server says")
  func pushback() async throws {
    let service = Misbehaving([.fail(.unavailable, pushback: "70")])
    #expect(try await say(service.client(retries())) == "hi")
    #expect(service.pauses == [.milliseconds(70)])
  }

  @Test(
    "that no handler has seen goes again at once, uncounted, whatever the method does",
    arguments: [Misbehaving.say, Misbehaving.split, Misbehaving.join, Misbehaving.chat])
  func unseen(method: MethodDescriptor) async throws {
    let service = Misbehaving([.lose(.client), .lose(.client), .lose(.transport)])
    let client = try service.client(nil)
    #expect(try await echo(client, method) == "hi")
    #expect(service.previous == [nil, nil, nil, nil])
    #expect(service.pauses == [])
    let unlucky = Misbehaving([.lose(.transport), .lose(.transport)])
    await #expect(throws: RPCError(.unavailable, "lost", reach: .handler)) {
      do { _ = try await echo(unlucky.client(nil), method) } catch let error as RPCError {
        throw error.triedAll
      }
    }
    #expect(unlucky.previous == [nil, nil])
  }

  private func echo(_ client: RPCClient, _ method: MethodDescriptor) async throws -> String {
    switch method.kind {
    case .unary: return try await say(client)
    case .clientStreaming:
      let answer: Text = try await client.clientStreaming(method, CallOptions()) {
        (writer: RequestWriter<Text>) throws(RPCError) in try await writer.write(Text("hi"))
      }
      return answer.value
    case .serverStreaming:
      let call: StreamingCall<Text, Text> = try await client.serverStreaming(
        method, Text("hi"), CallOptions())
      return try await call.responses.reduce("") { $0 + $1.value }
    case .bidirectionalStreaming:
      let call: StreamingCall<Text, Text> = try await client.bidirectional(method, CallOptions())
      try await call.write(Text("hi"))
      call.halfClose()
      return try await call.responses.reduce("") { $0 + $1.value }
    }
  }

  @Test("is turned away once beside its policy's attempts, and by nobody repeated on top")
  func turnedAway() async throws {
    let acts = [Misbehaving.Act](repeating: .lose(.transport), count: 9)
    let service = Misbehaving(acts)
    await #expect(throws: RPCError(.unavailable, "lost")) {
      try await say(service.client(retries(2)))
    }
    #expect(service.previous == [nil, nil, "1"])
  }

  @Test("sends what it has sent again, in its order, and goes on from there")
  func replay() async throws {
    let service = Misbehaving([.fail(.unavailable), .fail(.unavailable)])
    let client = try service.client(retries())
    let answer: Text = try await client.clientStreaming(Misbehaving.join, CallOptions()) {
      (writer: RequestWriter<Text>) throws(RPCError) in
      for word in ["a", "b", "c"] { try await writer.write(Text(word)) }
    }
    #expect(answer == Text("a+b+c"))
    #expect(service.previous == [nil, "1", "2"])
  }

  @Test("is not repeated any more when it has sent more than its buffer holds")
  func overflow() async throws {
    for (limit, attempts) in [(10, 2), (9, 1)] {
      let service = Misbehaving([.fail(.unavailable)])
      let client = try service.client(retries()) { $0.bufferBytes = limit }
      let result = await Task<Text, any Error> {
        try await client.clientStreaming(Misbehaving.join, CallOptions()) {
          (writer: RequestWriter<Text>) throws(RPCError) in
          try await writer.write(Text("12345"))
          try await writer.write(Text("67890"))
        }
      }.result
      #expect((try? result.get().value) == (attempts == 2 ? "12345+67890" : nil))
      #expect(service.previous.count == attempts)
    }
  }

  @Test("is asked first whether it may be executed twice")
  func forbidden() async throws {
    let service = Misbehaving([.fail(.unavailable)])
    let asked = Mutex<[MethodDescriptor]>([])
    let client = try service.client(retries()) { rules in
      rules.mayRepeat = { method, message in
        asked.withLock { $0.append(method) }
        return message != Text("hi").framed
      }
    }
    await #expect(throws: RPCError(.unavailable, "scripted")) { try await say(client) }
    #expect(service.previous == [nil])
    #expect(asked.withLock { $0 } == [Misbehaving.say])
  }

  @Test("that the channel refuses is made again though it may not be executed twice")
  func refusedUnseen() async throws {
    let service = Misbehaving([.refuse(.unavailable), .answer])
    let client = try service.client(retries()) { $0.mayRepeat = { _, _ in false } }
    #expect(try await say(client) == "hi")
  }

  @Test("of one message larger than the buffer is not repeated")
  func largeRequest() async throws {
    let service = Misbehaving([.fail(.unavailable)])
    let client = try service.client(retries()) { $0.bufferBytes = 1 }
    await #expect(throws: RPCError(.unavailable, "scripted")) { try await say(client) }
    #expect(service.previous == [nil])
  }

  @Test("is not repeated while its server's bucket is not more than half full")
  func throttled() async throws {
    let service = Misbehaving([.fail(.unavailable), .fail(.unavailable), .answer])
    let client = try service.client(
      retries(), throttling: RetryThrottling(maxTokens: 2, tokenRatio: 1))
    await #expect(throws: RPCError(.unavailable, "scripted")) { try await say(client) }
    await #expect(throws: RPCError(.unavailable, "scripted")) { try await say(client) }
    #expect(try await say(client) == "hi")
    #expect(service.previous == [nil, nil, nil])
  }

  @Test("makes no attempt that its deadline would not see")
  func deadline() async throws {
    let service = Misbehaving([.fail(.unavailable, pushback: "60000")])
    await #expect(throws: RPCError.self) {
      try await say(service.client(retries()), .timeout(.seconds(30)))
    }
    #expect(service.pauses == [])
    #expect(service.previous == [nil])
  }

  @Test("ends when its caller is cancelled between two attempts")
  func cancelled() async throws {
    let service = Misbehaving([.fail(.unavailable)])
    let (pausing, paused) = AsyncStream<Void>.makeStream()
    let client = try service.client(retries()) { rules in
      rules.pause = { _ in
        paused.yield()
        for await _ in AsyncStream<Never>.makeStream().stream {}
        throw CancellationError()
      }
    }
    let caller = Task { try await say(client) }
    for await _ in pausing { break }
    caller.cancel()
    await #expect(throws: RPCError(.cancelled, "the call was cancelled")) {
      try await caller.value
    }
    #expect(service.previous == [nil])
  }

  @Test("ends when it is given up while its next attempt waits for an endpoint")
  func givenUp() async throws {
    let service = Misbehaving([.fail(.unavailable), .wait])
    let client = try service.client(retries())
    let call: StreamingCall<Text, Text> = try await client.serverStreaming(
      Misbehaving.split, Text("hi"), CallOptions())
    let reader = Task { for try await _ in call.responses {} }
    while service.previous.count < 2 { await Task.yield() }
    call.cancel()
    await #expect(throws: RPCError(.cancelled, "the call was cancelled")) {
      try await reader.value
    }
  }

  @Test("tells an observer above it one end, and one beneath it the end of each attempt")
  func observers() async throws {
    let service = Misbehaving([.fail(.unavailable), .answer])
    let ends = Mutex<[StatusCode]>([])
    struct Watch: ClientInterceptor {
      let tell: @Sendable (StatusCode) -> Void
      func begin(_ method: MethodDescriptor, _ options: inout CallOptions) -> Ending? {
        { [tell] in tell($0.status.code) }
      }
    }
    let watch = Watch { code in ends.withLock { $0.append(code) } }
    let channel = try service.channel(retries()).intercepted(by: [watch])
    #expect(try await say(RPCClient(channel)) == "hi")
    #expect(ends.withLock { $0 } == [.ok])
  }
}
