import Synchronization

@testable import MeshRPC

/// A service that behaves, attempt by attempt, as a script says; calls of every kind are echoes.
final class Misbehaving: Sendable {
  /// What an attempt comes to.
  enum Act: Sendable {
    /// It is answered.
    case answer
    /// It fails before its answer begins, perhaps with a word on further attempts.
    case fail(StatusCode, pushback: String? = nil)
    /// It fails after the first message of its answer.
    case failLate(StatusCode)
    /// It is answered when somebody gives it up: never.
    case hang
    /// It does not reach a handler.
    case lose(CallReach)
    /// The channel refuses it.
    case refuse(StatusCode)
    /// The channel waits for an endpoint that never comes.
    case wait
  }

  private struct State {
    var script: [Act]
    /// What each attempt said of those before it.
    var previous: [String?] = []
    var requests: [String] = []
    var pauses: [Duration] = []
    var cancelled = 0
  }

  static let say = MethodDescriptor(service: "test.Bad", method: "Say", kind: .unary)
  static let split = MethodDescriptor(service: "test.Bad", method: "Split", kind: .serverStreaming)
  static let join = MethodDescriptor(service: "test.Bad", method: "Join", kind: .clientStreaming)
  static let chat = MethodDescriptor(
    service: "test.Bad", method: "Chat", kind: .bidirectionalStreaming)

  private let state: Mutex<State>

  /// Behaves so, one act for each attempt, and well after the last.
  init(_ script: [Act]) { state = Mutex(State(script: script)) }

  /// `grpc-previous-rpc-attempts` of each attempt.
  var previous: [String?] { state.withLock { $0.previous } }
  /// What handlers have read.
  var requests: [String] { state.withLock { $0.requests } }
  /// The pauses between attempts.
  var pauses: [Duration] { state.withLock { $0.pauses } }
  /// How many handlers were cancelled.
  var cancelled: Int { state.withLock { $0.cancelled } }

  /// A client whose calls come here, with no waiting between attempts.
  func client(
    _ repetition: MethodConfig.Repetition?, throttling: RetryThrottling? = nil,
    change: (inout RepetitionRules) -> Void = { _ in }
  ) throws -> RPCClient {
    RPCClient(try channel(repetition, throttling: throttling, change: change))
  }

  /// The channel of `client`.
  func channel(
    _ repetition: MethodConfig.Repetition?, throttling: RetryThrottling? = nil,
    change: (inout RepetitionRules) -> Void = { _ in }
  ) throws -> ConfiguredChannel {
    var rules = RepetitionRules()
    rules.pause = { [self] pause in state.withLock { $0.pauses.append(pause) } }
    rules.jitter = { 0.5 }
    change(&rules)
    let config = try ServiceConfig(
      methods: [MethodConfig(names: [.all], repetition: repetition)], throttling: throttling)
    return ConfiguredChannel(
      Attempts(service: self, next: InProcessChannel(router())), config, rules: rules)
  }

  fileprivate func nextAct(_ options: CallOptions) -> Act {
    state.withLock { state in
      state.previous.append(options.metadata.first("grpc-previous-rpc-attempts"))
      return state.script.isEmpty ? .answer : state.script.removeFirst()
    }
  }

  private func read(_ request: Text) { state.withLock { $0.requests.append(request.value) } }

  private func router() -> Router {
    var router = Router()
    for method in [Self.say, Self.split, Self.join, Self.chat] {
      router.register(method) { [self] call in
        let act = call.metadata.first("act")
        if act == "hang" {
          for await _ in AsyncStream<Never>.makeStream().stream {}
          state.withLock { $0.cancelled += 1 }
          throw CancellationError()
        }
        if act == "fail" { throw Self.failure(call) }
        var answer: [String] = []
        for try await request in TypedMessages<Text>(call.inbound) {
          read(request)
          answer.append(request.value)
          if method == Self.chat { try await call.send(request.framed) }
        }
        if method != Self.chat { try await call.send(Text(answer.joined(separator: "+")).framed) }
        if act == "failLate" { throw Self.failure(call) }
        call.finish(.ok())
      }
    }
    return router
  }

  private static func failure(_ call: ServerCall) -> RPCError {
    let code = StatusCode.allCases.first { $0.name == call.metadata.first("code") } ?? .unknown
    let pushback = call.metadata.first("pushback")
    return RPCError(
      code, "scripted",
      trailers: pushback.map { ["grpc-retry-pushback-ms": $0] } ?? [:])
  }
}

/// Gives each attempt its act.
private struct Attempts: Channel {
  let service: Misbehaving
  let next: any Channel

  func open(
    _ method: MethodDescriptor, _ options: CallOptions
  ) async throws(RPCError) -> any ClientStream {
    var options = options
    switch service.nextAct(options) {
    case .answer: break
    case .hang: options.metadata.add("hang", for: "act")
    case .fail(let code, let pushback):
      options.metadata.add("fail", for: "act")
      options.metadata.add(code.name, for: "code")
      if let pushback { options.metadata.add(pushback, for: "pushback") }
    case .failLate(let code):
      options.metadata.add("failLate", for: "act")
      options.metadata.add(code.name, for: "code")
    case .lose(let reach): return LostStream(reach: reach)
    case .refuse(let code): throw RPCError(code, "refused")
    case .wait:
      for await _ in AsyncStream<Never>.makeStream().stream {}
      throw RPCError(.cancelled, "the call was cancelled", reach: .client)
    }
    return try await next.open(method, options)
  }
}

/// An attempt that has ended before anybody saw it.
private struct LostStream: ClientStream {
  let reach: CallReach
  private var error: RPCError { RPCError(.unavailable, "lost", reach: reach) }

  init(reach: CallReach) { self.reach = reach }

  var encoding: MessageEncoding { .identity }
  func encoded(_ message: WireMessage) -> WireMessage { message }
  func send(_ message: WireMessage) async throws(RPCError) { throw error }
  func sendLast(_ message: WireMessage) async throws(RPCError) { throw error }
  func halfClose() {}
  func next(untouched: Bool) async throws(RPCError) -> WireMessage? { throw error }
  func answer(untouched: Bool) async throws(RPCError) -> UnaryAnswer { throw error }
  func headers() async -> Metadata? { nil }
  func status() async -> Status { Status(error) }
  func onEnd(_ observer: @escaping @Sendable (CallEnd) -> Void) {
    observer(CallEnd(status: Status(error)))
  }
  func cancel() {}
}
