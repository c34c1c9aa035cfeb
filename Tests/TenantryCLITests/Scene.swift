import Glibc
import MeshAPI
import MeshCrypto
import MeshProto
import MeshRPC
import Synchronization

@testable import TenantryCLI

/// A person at a terminal, a folder of their own and a mesh that answers as a test says.
final class Scene: Sendable {
  static let token = "tnt_session_0123456789"
  static let server = "https://mesh.test:3001"
  /// What the wall clock shows: 2026-11-20 11:00:00 UTC.
  static let milliseconds: Int64 = 1_795_172_400_000

  let folder: TemporaryFolder
  private let router: Router
  private let unreachable: Bool
  private let pauses = Mutex<[Duration]>([])
  private let endpoints = Mutex<[Endpoint]>([])

  /// A mesh with what `services` registers; one that nobody can reach where `unreachable`.
  init(unreachable: Bool = false, _ services: (inout Router) -> Void = { _ in }) throws {
    // What people see is in local time: the tests' is UTC.
    setenv("TZ", "UTC", 1)
    folder = try TemporaryFolder()
    var router = Router()
    services(&router)
    self.router = router
    self.unreachable = unreachable
  }

  /// How long the program waited between attempts.
  var waits: [Duration] { pauses.withLock { $0 } }
  /// Where the program connected to.
  var connections: [Endpoint] { endpoints.withLock { $0 } }

  /// What one run came to.
  struct Ending {
    let code: ExitCode
    let output: String
    let messages: String
  }

  /// Runs a line, split at spaces, or given as words.
  func run(
    _ line: String, more words: [String] = [], input: String = "", isInteractive: Bool = false,
    signedIn: Bool = true, environment: [String: String] = [:]
  ) async -> Ending {
    let terminal = FakeTerminal(input: input, isInteractive: isInteractive)
    var variables = [
      "TENANTRY_CONFIG_DIR": folder.path + "/profiles", "TENANTRY_SERVER": Self.server,
      "NO_COLOR": "1",
    ]
    if signedIn { variables["TENANTRY_TOKEN"] = Self.token }
    variables.merge(environment) { $1 }
    let world = World(
      environment: variables, terminal: terminal,
      connect: { endpoint, _ in
        self.endpoints.withLock { $0.append(endpoint) }
        return self.unreachable ? NoChannel() : InProcessChannel(self.router)
      },
      pause: { duration in self.pauses.withLock { $0.append(duration) } },
      milliseconds: { Self.milliseconds },
      connectLoad: { _, plan, report in
        report("connected to nobody")
        let clock = FakeLoadClock()
        return LoadGround(
          channels: (0..<plan.connections).map { _ in InProcessChannel(self.router) },
          clock: clock.clock, executor: nil)
      })
    let typed = line.split(separator: " ").map(String.init) + words
    let code = await Program(world: world).run(typed)
    return Ending(code: code, output: terminal.output, messages: terminal.messages)
  }
}

/// A channel to a server that is not there.
struct NoChannel: Channel {
  func open(
    _ method: MethodDescriptor, _ options: CallOptions
  ) async throws(RPCError) -> any ClientStream {
    throw RPCError(.unavailable, "cannot connect to 127.0.0.1:3001: refused")
  }
}

/// A folder that is gone after its test.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/tenantry-cli-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Failure(.failure, "mkdtemp failed") }
    path = String(cString: made)
  }

  deinit { removeTree(path) }
}

/// Removes a folder and all in it.
private func removeTree(_ path: String) {
  if let listing = opendir(path) {
    while let entry = readdir(listing) {
      let name = withUnsafePointer(to: entry.pointee.d_name) { start in
        start.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name == "." || name == ".." { continue }
      let inner = "\(path)/\(name)"
      if unlink(inner) != 0 { removeTree(inner) }
    }
    closedir(listing)
  }
  rmdir(path)
}

/// An error with a reason for programs, as services answer it.
func refusal(_ code: StatusCode, _ reason: String, _ message: String) -> RPCError {
  let info = GoogleRpc.ErrorInfo(reason: reason, domain: "tenantry")
  let request = GoogleRpc.RequestInfo(requestID: "0199f3a2-0000-7000-8000-000000000001")
  let status = GoogleRpc.Status(
    code: Int32(code.rawValue), message: message,
    details: [
      .init(typeURL: "type.googleapis.com/google.rpc.ErrorInfo", value: info.serialized()),
      .init(typeURL: "type.googleapis.com/google.rpc.RequestInfo", value: request.serialized()),
    ])
  return RPCError(code, message, details: status.serialized())
}
