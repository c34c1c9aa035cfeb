import MeshHTTP2
import MeshIO
import MeshRPC
import Testing

@testable import MeshTransport

@Suite("A channel", .timeLimit(.minutes(1)))
struct ChannelLifeTests {
  /// A loop for the client alone.
  private func withLoop(_ body: (EventLoop) async throws -> Void) async throws {
    let group = try EventLoopGroup(count: 1, name: "client")
    try group.start()
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(group.loops[0]))
    } catch {
      result = .failure(error)
    }
    await group.stop()
    try result.get()
  }

  private func say(
    _ channel: TransportChannel, _ options: CallOptions = CallOptions()
  ) async throws -> String {
    let answer: Text = try await RPCClient(channel).unary(Echo.say, Text("here"), options)
    return answer.value
  }

  /// An address on which nobody listens any more.
  private func freeAddress() async throws -> SocketAddress {
    try await withServer { _, address, _ in address }
  }

  @Test("fails a call at once while nobody can be reached, and says why")
  func failsFast() async throws {
    let address = try await freeAddress()
    try await withLoop { loop in
      let channel = TransportChannel(ChannelConfig(to: address), loops: [loop])
      for _ in 0..<3 {
        let error = await #expect(throws: RPCError.self) { try await say(channel) }
        #expect(error?.code == .unavailable)
        #expect(error?.message == "cannot connect to \(address): connection refused")
        #expect(error?.isUnprocessed == true)
      }
    }
  }

  @Test("names the number of endpoints that cannot be reached")
  func severalRefuse() async throws {
    let (one, other) = (try await freeAddress(), try await freeAddress())
    try await withLoop { loop in
      let channel = TransportChannel(ChannelConfig(to: one, other), loops: [loop])
      let error = await #expect(throws: RPCError.self) { try await say(channel) }
      #expect(
        error?.message.hasPrefix("none of 2 endpoints can be reached; the last: cannot connect to ")
          == true)
    }
  }

  @Test("lets a call wait for a server that comes later")
  func waitsForReady() async throws {
    let address = try await freeAddress()
    let (events, event) = AsyncStream<ChannelEvent>.makeStream()
    try await withLoop { loop in
      var config = ChannelConfig(to: address)
      config.report = { event.yield($0) }
      let channel = TransportChannel(config, loops: [loop])
      let answer = Task { try await say(channel, CallOptions(waitForReady: true)) }
      var seen = events.makeAsyncIterator()
      #expect(
        await seen.next()
          == .attemptFailed(
            address, reason: "cannot connect to \(address): connection refused"))
      try await withServer(on: address) { _, _, _ in
        let text = try await answer.value
        #expect(text == "here")
      }
    }
  }

  @Test("keeps a waiting call to its deadline, and says for what it waited")
  func waitsUntilDeadline() async throws {
    let address = try await freeAddress()
    try await withLoop { loop in
      let channel = TransportChannel(ChannelConfig(to: address), loops: [loop])
      var options = CallOptions.timeout(.seconds(1))
      options.waitForReady = true
      let error = await #expect(throws: RPCError.self) { try await say(channel, options) }
      #expect(error?.code == .deadlineExceeded)
      #expect(error?.message.hasSuffix("connection refused") == true)
    }
  }

  @Test("lets go of a waiting call whose caller gives up")
  func waitsUntilCancelled() async throws {
    let address = try await freeAddress()
    let (events, event) = AsyncStream<ChannelEvent>.makeStream()
    try await withLoop { loop in
      var config = ChannelConfig(to: address)
      config.report = { event.yield($0) }
      let channel = TransportChannel(config, loops: [loop])
      let task = Task { try await say(channel, CallOptions(waitForReady: true)) }
      var seen = events.makeAsyncIterator()
      _ = await seen.next()
      task.cancel()
      let error = await #expect(throws: RPCError.self) { try await task.value }
      #expect(error?.code == .cancelled)
    }
  }

  @Test("refuses calls beyond the number that may be open, until one of them ends")
  func circuitBreaker() async throws {
    try await withServer { _, address, loops in
      var config = ChannelConfig(to: address)
      config.concurrentCalls = 1
      let channel = TransportChannel(config, loops: loops)
      let chat = try await channel.open(Echo.chat, CallOptions())
      let error = await #expect(throws: RPCError.self) { try await say(channel) }
      #expect(error?.code == .unavailable)
      #expect(error?.message == "1 calls to the service are open, which is the limit")
      chat.cancel()
      _ = await chat.status()
      let answer = try await say(channel)
      #expect(answer == "here")
    }
  }

  @Test("closes its connection when it was idle for long, and makes another for the next call")
  func idle() async throws {
    let (losses, loss) = AsyncStream<Int>.makeStream()
    try await withScriptedServer { connection, event in
      switch event {
      case .endOfRequest(let id): connection.answer(id)
      case .lost: loss.yield(connection.number)
      case .request, .ping: break
      }
    } _: { address, loops in
      var config = ChannelConfig(to: address)
      config.idleTimeout = .milliseconds(50)
      let channel = TransportChannel(config, loops: loops)
      var lost = losses.makeAsyncIterator()
      for number in 0..<2 {
        _ = try await say(channel)
        #expect(await lost.next() == number)
      }
    }
  }

  @Test("refuses a call whose headers are larger than the server takes, and goes on with others")
  func largeHeaders() async throws {
    try await withServer { server, address, loops in
      let channel = TransportChannel(ChannelConfig(to: address), loops: loops)
      for size in [20_000, 200_000] {
        let metadata: Metadata = ["long": String(repeating: "x", count: size)]
        let error = await #expect(throws: RPCError.self) {
          try await say(channel, CallOptions(metadata: metadata))
        }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.message.contains("takes 16384") == true)
        _ = try await say(channel)
      }
      #expect(await server.connectionCount() == 1)
    }
  }

  @Test("counts no call any more that was given up while its message was packed")
  func givenUpWhilePacked() async throws {
    try await withServer { _, address, loops in
      var config = ChannelConfig(to: address)
      config.concurrentCalls = 1
      let channel = TransportChannel(config, loops: loops)
      _ = try await say(channel)
      var options = CallOptions()
      options.encoding = .gzip
      // More than is packed on the loop.
      let text = Text(String(repeating: "long", count: 50_000))
      let call = Task(executorPreference: loops[0]) { [options] in
        withUnsafeCurrentTask { $0?.cancel() }
        let _: Text = try await RPCClient(channel).unary(Echo.say, text, options)
      }
      let error = await #expect(throws: RPCError.self) { try await call.value }
      #expect(error?.code == .cancelled)
      let answer = try await say(channel)
      #expect(answer == "here")
    }
  }

  @Test("fails its open calls when it is closed, and all later ones")
  func closes() async throws {
    try await withServer { _, address, loops in
      let channel = TransportChannel(ChannelConfig(to: address), loops: loops)
      let chat = try await channel.open(Echo.chat, CallOptions())
      await channel.close()
      let status = await chat.status()
      #expect(status.code == .unavailable)
      #expect(status.message.hasSuffix("the channel was closed"))
      let error = await #expect(throws: RPCError.self) { try await say(channel) }
      #expect(error?.message == "the channel is closed")
    }
  }

  @Test("looks a host name up, and says when it cannot")
  func names() async throws {
    try await withServer { _, address, loops in
      let port = try #require(address.port)
      var config = ChannelConfig(to: address)
      config.target = .dns(host: "localhost", port: port)
      config.balancing = .pickFirst()
      let answer = try await say(TransportChannel(config, loops: loops))
      #expect(answer == "here")
      config.target = .dns(host: "nobody.invalid", port: port)
      let error = await #expect(throws: RPCError.self) {
        try await say(TransportChannel(config, loops: loops))
      }
      #expect(error?.code == .unavailable)
      #expect(error?.message.hasPrefix("cannot resolve nobody.invalid: ") == true)
    }
  }

  @Test("tries the next address when one does not even answer")
  func happyEyeballs() async throws {
    try await withServer { _, address, loops in
      // A listener that accepts and never greets.
      let silent = try await loops[0].perform { () throws(IOError) in
        Silent(try Listener(.loopback(port: 0), on: loops[0]) { socket, _ in hold(socket) })
      }
      var config = ChannelConfig(to: silent.address, address)
      config.balancing = .pickFirst(attemptDelay: .milliseconds(20))
      config.connectTimeout = .seconds(30)
      let answer = try await say(TransportChannel(config, loops: loops))
      #expect(answer == "here")
      await loops[0].perform { silent.listener.close() }
    }
  }

  @Test("gives up a server that accepts and does not greet in time")
  func connectTimeout() async throws {
    try await withLoop { loop in
      let silent = try await loop.perform { () throws(IOError) in
        Silent(try Listener(.loopback(port: 0), on: loop) { socket, _ in hold(socket) })
      }
      var config = ChannelConfig(to: silent.address)
      config.connectTimeout = .milliseconds(50)
      let channel = TransportChannel(config, loops: [loop])
      let error = await #expect(throws: RPCError.self) { try await say(channel) }
      #expect(
        error?.message
          == "cannot connect to \(silent.address): timed out: the server does not greet")
      await loop.perform { silent.listener.close() }
    }
  }

  @Test("says that it was told to go, and why, of a connection that is then lost")
  func goAwayThenLost() async throws {
    try await withScriptedServer { connection, event in
      guard case .endOfRequest = event else { return }
      connection.session.goAway(code: .internalError, debug: "on\u{1b} fire\n")
      connection.link?.closeAfterFlush()
    } _: { address, loops in
      let channel = TransportChannel(ChannelConfig(to: address), loops: loops)
      let error = await #expect(throws: RPCError.self) { try await say(channel) }
      #expect(error?.code == .unavailable)
      #expect(error?.message.contains("GOAWAY INTERNAL_ERROR \"on\u{FFFD} fire\u{FFFD}\"") == true)
      #expect(error?.message.contains("\(address)") == true)
    }
  }
}

/// Keeps a connection open, without a word, until the process ends.
private func hold(_ socket: consuming Socket) {
  _ = socket.takeDescriptor()
}

/// A listener of the loop's thread.
private final class Silent: @unchecked Sendable {
  let listener: Listener
  let address: SocketAddress

  init(_ listener: Listener) {
    self.listener = listener
    address = listener.address
  }
}
