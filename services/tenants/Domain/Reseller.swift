/// A partner who brought tenants.
struct Reseller: Sendable, Equatable {
  let id: ResellerID
  let name: String
  let createdAt: Micros
}
