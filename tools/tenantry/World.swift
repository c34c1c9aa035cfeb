import Glibc
import MeshRPC

/// What a run sees of the world around it; tests bring their own.
struct World: Sendable {
  var environment: [String: String]
  var terminal: any Terminal
  /// Opens a way to a server; it connects at the first call, and gives up after the time.
  var connect: @Sendable (Endpoint, _ timeout: Duration) async throws(Failure) -> any Channel
  /// Waits between two attempts of a call.
  var pause: @Sendable (Duration) async throws -> Void
  /// The wall clock, in milliseconds since 1970.
  var milliseconds: @Sendable () -> Int64
  /// Opens the connections that a load runs on, and says what becomes of them.
  var connectLoad:
    @Sendable (LoadTarget, LoadPlan, _ report: @escaping @Sendable (String) -> Void)
      async throws(Failure) -> LoadGround = { target, plan, report throws(Failure) in
        try await LoadGround.open(target, plan, report)
      }

  /// The process's own surroundings.
  static func process() -> World {
    World(
      environment: processEnvironment(), terminal: ProcessTerminal(),
      connect: { endpoint, timeout throws(Failure) in
        try await MeshConnection.open(endpoint, timeout: timeout)
      },
      pause: { try await ContinuousClock().sleep(for: $0) },
      milliseconds: {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
      })
  }

  /// The value of an environment variable; nil where it is absent or empty.
  func variable(_ name: String) -> String? {
    guard let value = environment[name], !value.isEmpty else { return nil }
    return value
  }

  private static func processEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let pointer = entry.pointee {
      let text = String(cString: pointer)
      if let equals = text.firstIndex(of: "=") {
        variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      entry += 1
    }
    return variables
  }
}
