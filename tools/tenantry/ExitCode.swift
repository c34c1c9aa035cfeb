import MeshRPC

/// How a run ends, for scripts to tell one failure from another.
enum ExitCode: Int32, Sendable, CaseIterable {
  case ok = 0
  case failure = 1
  case usage = 2
  case notFound = 3
  case notSignedIn = 4
  case denied = 5
  case conflict = 6
  case unavailable = 7
  case verificationFailed = 8

  /// The code for a call that ended so.
  init(_ status: StatusCode) {
    self =
      switch status {
      case .ok: .ok
      case .invalidArgument, .outOfRange: .usage
      case .notFound: .notFound
      case .unauthenticated: .notSignedIn
      case .permissionDenied: .denied
      case .alreadyExists, .failedPrecondition, .aborted: .conflict
      case .unavailable, .deadlineExceeded: .unavailable
      case .cancelled, .unknown, .resourceExhausted, .unimplemented, .internal, .dataLoss: .failure
      }
  }

  /// What the code says, for help.
  var meaning: String {
    switch self {
    case .ok: "done"
    case .failure: "failed"
    case .usage: "wrong usage: a command, a flag or a value is not valid"
    case .notFound: "not found"
    case .notSignedIn: "not signed in"
    case .denied: "denied"
    case .conflict: "a conflict, or not in the state that the command needs"
    case .unavailable: "the server, or a process behind it, cannot be reached or did not answer"
    case .verificationFailed: "a ledger is damaged"
    }
  }
}
