import MeshIO
import MeshRPC

/// Asks a server, over one of its connections, whether a service serves, and hears of every change
/// (gRFC A17).
///
/// Thread: the loop's.
final class HealthWatch: @unchecked Sendable {
  /// What the server says.
  enum Report: Equatable {
    case serving
    case notServing
    /// It knows no health protocol: it is taken to serve.
    case unknown
    /// The question ended so; the server is taken not to serve until it answers another.
    case failed(Status)

    var isServing: Bool {
      switch self {
      case .serving, .unknown: true
      case .notServing, .failed: false
      }
    }

    /// Why a server gets no calls.
    var problem: String? {
      switch self {
      case .serving, .unknown: nil
      case .notServing: "says that it does not serve"
      case .failed(let status):
        "does not tell whether it serves: \(status.code.name): \(status.message)"
      }
    }
  }

  private let service: String
  private let connection: ClientConnection
  private let report: (Report) -> Void
  private var backoff: ConnectionBackoff
  private var random = SystemRandomNumberGenerator()
  private var call: ClientCall?
  private var task: Task<Void, Never>?

  init(
    _ service: String, on connection: ClientConnection, backoff: ConnectionBackoff.Config,
    report: @escaping (Report) -> Void
  ) {
    self.service = service
    self.connection = connection
    self.backoff = ConnectionBackoff(backoff)
    self.report = report
  }

  func start() {
    task = Task.immediate(executorPreference: connection.loop) { [self] in
      while await watch(), !Task.isCancelled {
        do throws(CancellationError) {
          try await connection.loop.sleep(for: backoff.next(&random))
        } catch {
          return
        }
      }
    }
  }

  func stop() {
    task?.cancel()
    call?.cancel()
  }

  /// One stream, to its end; whether to open another.
  private func watch() async -> Bool {
    // A call like this is small enough for any server, or else none is: as if it were closing.
    guard let call = try? connection.open(HealthProtocol.watch, CallOptions(), for: nil) else {
      return false
    }
    self.call = call
    do {
      try await call.sendLast(HealthProtocol.request(service))
      while let answer = try await call.next() {
        backoff.reset()
        if !Task.isCancelled { report(HealthProtocol.isServing(answer) ? .serving : .notServing) }
      }
    } catch {
      // The status says the same.
    }
    let status = await call.status()
    guard !Task.isCancelled else { return false }
    switch status.code {
    case .unimplemented: report(.unknown)
    case .ok: report(.notServing)
    default: report(.failed(status))
    }
    return status.code != .unimplemented
  }
}
