import Glibc

/// Why the operating system, the network or a limit refused.
package enum IOError: Error, Sendable, Equatable {
  /// Nobody listens at the address.
  case refused
  /// The peer or the network ended the connection.
  case connectionLost
  /// No route to the address.
  case unreachable
  /// The time that the caller allowed is over, or the kernel gave up on the peer.
  case timedOut
  /// The task that waited was cancelled, or its loop ended.
  case cancelled
  /// Somebody listens at the address already.
  case addressInUse(SocketAddress)
  /// The text is no address, or a path is too long for a Unix socket (107 bytes).
  case invalidAddress(String)
  /// The host name has no address; the reason is the resolver's.
  case unresolved(host: String, reason: String)
  /// The process or the machine has no descriptors left.
  case tooManyDescriptors
  /// A bounded queue is full.
  case overloaded(limit: Int)
  /// The signal is caught elsewhere in this process.
  case signalTaken(Int32)
  /// Any other failure of a system call, with its `errno`.
  case system(SystemCall, code: Int32)
}

/// The system calls that ``IOError/system(_:code:)`` names.
package enum SystemCall: String, Sendable {
  case epollCreate = "epoll_create1"
  case epollControl = "epoll_ctl"
  case eventfd
  case socket
  case bind
  case listen
  case accept = "accept4"
  case connect
  case socketOption = "setsockopt"
  case socketName = "getsockname"
  case receive = "recv"
  case send
  case shutdown
  case threadCreate = "pthread_create"
  case signalAction = "sigaction"
  case unlink
}

extension IOError {
  /// The error for a failed call; `code` is the positive `errno`.
  init(_ call: SystemCall, code: Int32) {
    switch code {
    case ECONNREFUSED: self = .refused
    case ECONNRESET, EPIPE, ECONNABORTED: self = .connectionLost
    case EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN: self = .unreachable
    case ETIMEDOUT: self = .timedOut
    case EMFILE, ENFILE: self = .tooManyDescriptors
    default: self = .system(call, code: code)
    }
  }

  /// The error for the call that has just failed on this thread.
  static func last(_ call: SystemCall) -> IOError {
    IOError(call, code: errno)
  }
}

extension IOError: CustomStringConvertible {
  /// One line for the log: lower case, no full stop.
  package var description: String {
    switch self {
    case .refused: "connection refused"
    case .connectionLost: "connection lost"
    case .unreachable: "address unreachable"
    case .timedOut: "timed out"
    case .cancelled: "cancelled"
    case .addressInUse(let address): "address \(address) is in use"
    case .invalidAddress(let text): "\"\(text)\" is not an address"
    case .unresolved(let host, let reason): "cannot resolve \(host): \(reason)"
    case .tooManyDescriptors: "too many open files"
    case .overloaded(let limit): "queue is full; the limit is \(limit)"
    case .signalTaken(let signal): "signal \(signal) is caught already"
    case .system(let call, let code): "\(call.rawValue): \(Self.text(of: code))"
    }
  }

  private static func text(of code: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
      guard let start = buffer.baseAddress, strerror_r(code, start, buffer.count) == 0 else {
        return "error \(code)"
      }
      return String(cString: start)
    }
  }
}
