/// How a call ended, as gRPC numbers it (gRPC core, `doc/statuscodes.md`).
package enum StatusCode: Int, Sendable, CaseIterable {
  /// The call succeeded.
  case ok = 0
  /// The caller gave up.
  case cancelled = 1
  /// An error without a code, for example one thrown by a handler.
  case unknown = 2
  /// The request is wrong whatever the state of the system.
  case invalidArgument = 3
  /// The time was over before the call was.
  case deadlineExceeded = 4
  /// What was asked for does not exist, or is not the caller's.
  case notFound = 5
  /// What was to be created exists already.
  case alreadyExists = 6
  /// The caller is known and may not.
  case permissionDenied = 7
  /// A limit or a quota is used up.
  case resourceExhausted = 8
  /// The system is not in the state the call needs; retrying alone will not help.
  case failedPrecondition = 9
  /// Somebody else was faster; retry at a higher level, from the read on.
  case aborted = 10
  /// The request reaches past the end of something.
  case outOfRange = 11
  /// The method is not known here.
  case unimplemented = 12
  /// A promise between the parts is broken.
  case `internal` = 13
  /// Not now; retry this call.
  case unavailable = 14
  /// Data is lost beyond repair.
  case dataLoss = 15
  /// The caller is not known.
  case unauthenticated = 16

  /// The code's name in gRPC's documents, for example `NOT_FOUND`.
  package var name: String {
    switch self {
    case .ok: "OK"
    case .cancelled: "CANCELLED"
    case .unknown: "UNKNOWN"
    case .invalidArgument: "INVALID_ARGUMENT"
    case .deadlineExceeded: "DEADLINE_EXCEEDED"
    case .notFound: "NOT_FOUND"
    case .alreadyExists: "ALREADY_EXISTS"
    case .permissionDenied: "PERMISSION_DENIED"
    case .resourceExhausted: "RESOURCE_EXHAUSTED"
    case .failedPrecondition: "FAILED_PRECONDITION"
    case .aborted: "ABORTED"
    case .outOfRange: "OUT_OF_RANGE"
    case .unimplemented: "UNIMPLEMENTED"
    case .internal: "INTERNAL"
    case .unavailable: "UNAVAILABLE"
    case .dataLoss: "DATA_LOSS"
    case .unauthenticated: "UNAUTHENTICATED"
    }
  }
}
