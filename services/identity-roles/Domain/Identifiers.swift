/// Microseconds since 1970-01-01T00:00:00Z.
typealias Micros = Int64

/// Names an operator: a UUID in its canonical text form.
struct OperatorID: RawRepresentable, Sendable, Hashable {
  let rawValue: String
}

/// Names a member of a tenant: a UUID in its canonical text form.
struct MemberID: RawRepresentable, Sendable, Hashable {
  let rawValue: String
}

/// Names a tenant: a UUID in its canonical text form.
struct TenantID: RawRepresentable, Sendable, Hashable {
  let rawValue: String
}

/// Names a session: a UUID in its canonical text form.
struct SessionID: RawRepresentable, Sendable, Hashable {
  let rawValue: String
}
