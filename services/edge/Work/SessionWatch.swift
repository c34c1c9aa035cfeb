import MeshAPI
import MeshKit
import MeshRPC

/// Holds the watch on identity's sessions, and tells the gate what changes.
///
/// One run is one stream: it ends with the stream, and the process starts the next.
struct SessionWatch: Worker {
  let name = "session watch"
  private let identity: IdentityV1.SessionServiceClient
  private let sessions: Sessions

  /// Watches over `identity` for `sessions`.
  init(_ identity: IdentityV1.SessionServiceClient, _ sessions: Sessions) {
    self.identity = identity
    self.sessions = sessions
  }

  func runOnce() async throws {
    defer { sessions.watchEnded() }
    let watch = try await identity.watchSessions()
    var acknowledgement = IdentityV1.WatchSessionsRequest()
    try await watch.write(acknowledgement)
    for try await change in watch.responses {
      sessions.apply(change)
      acknowledgement.appliedPosition = change.position
      try await watch.write(acknowledgement)
    }
  }
}
