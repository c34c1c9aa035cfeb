/// Microseconds since 1970-01-01T00:00:00Z.
typealias Micros = Int64

/// Names a tenant: a UUID in its canonical text form.
struct TenantID: RawRepresentable, Sendable, Hashable {
  let rawValue: String
}

/// A pool's number, unique among its kind.
struct PoolIndex: RawRepresentable, Sendable, Hashable, Comparable {
  let rawValue: Int32

  static func < (left: PoolIndex, right: PoolIndex) -> Bool { left.rawValue < right.rawValue }
}
