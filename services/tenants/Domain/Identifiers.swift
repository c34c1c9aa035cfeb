/// Microseconds since 1970-01-01T00:00:00Z.
typealias Micros = Int64

/// Names a tenant: a UUID in its canonical text form.
struct TenantID: RawRepresentable, Sendable, Hashable {
  let rawValue: String
}

/// Names an app: a UUID in its canonical text form.
struct AppID: RawRepresentable, Sendable, Hashable {
  let rawValue: String
}

/// Names a reseller: a UUID in its canonical text form.
struct ResellerID: RawRepresentable, Sendable, Hashable {
  let rawValue: String
}
