package import MeshRPC

/// Which calls a tap shows; what is empty or nil does not narrow it.
package struct TapFilter: Sendable, Equatable {
  /// The beginning of the methods' full names, for example `tenantry.tenants.v1.`.
  package var methodPrefix = ""
  /// Who called.
  package var callerID = ""
  /// Of which tenant the caller is a member.
  package var tenantID = ""
  /// How the call ended.
  package var outcome = Outcome.any
  /// How long it took at least, in nanoseconds.
  package var nanoseconds = 0

  /// How a call ended.
  package enum Outcome: Sendable, Equatable {
    /// It does not matter.
    case any
    /// Not well.
    case failed
    /// With this status.
    case code(StatusCode)

    /// Reads a status's name, `FAILED`, or nothing; nil for anything else.
    package init?(name: String) {
      if name.isEmpty {
        self = .any
      } else if name.uppercased() == "FAILED" {
        self = .failed
      } else if let code = StatusCode.allCases.first(where: { $0.name == name.uppercased() }) {
        self = .code(code)
      } else {
        return nil
      }
    }

    func fits(_ ended: StatusCode) -> Bool {
      switch self {
      case .any: true
      case .failed: ended != .ok
      case .code(let code): ended == code
      }
    }
  }

  /// Shows every call.
  package init() {}

  /// Whether the call is one to show.
  package func fits(_ record: CallRecord) -> Bool {
    outcome.fits(record.code) && record.nanoseconds >= nanoseconds
      && (callerID.isEmpty || record.callerID == callerID)
      && (tenantID.isEmpty || record.tenantID == tenantID)
      && (methodPrefix.isEmpty || record.path.dropFirst().hasPrefix(methodPrefix))
  }
}
