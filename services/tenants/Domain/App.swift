/// A product whose customers the tenants are.
struct App: Sendable, Equatable {
  let id: AppID
  let name: String
  let createdAt: Micros
}
