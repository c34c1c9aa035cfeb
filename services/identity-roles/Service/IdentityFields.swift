import MeshAPI
import MeshKit

/// What a request says about a new account.
struct Person: Sendable, Equatable {
  let email: EmailAddress
  let name: String
}

extension FieldCheck {
  /// An e-mail address; a fault is noted and thrown by whoever asks for it all the same.
  mutating func email(_ text: String) -> Result<EmailAddress, FieldViolation> {
    if let email = EmailAddress(rawValue: text) { return .success(email) }
    let violation = FieldViolation(
      "email",
      text.isEmpty ? "email is required" : "email is not an e-mail address: \"\(text.prefix(64))\"")
    add(violation)
    return .failure(violation)
  }

  /// A new account with a password that the policy accepts.
  mutating func person(
    email: String, name: String, password: String, nameLimit: Int
  ) -> Result<Person, FieldViolation> {
    let address = self.email(email)
    let name = text(name, "name", 1...nameLimit)
    guard case .success(let email) = address else {
      require(!password.isEmpty, "password", "password is required")
      return address.map { Person(email: $0, name: name) }
    }
    if password.isEmpty {
      add(FieldViolation("password", "password is required"))
    } else {
      do throws(PasswordPolicy.Violation) {
        try PasswordPolicy.check(password, email: email, name: name)
      } catch {
        add(FieldViolation("password", error.description))
      }
    }
    return .success(Person(email: email, name: name))
  }

  /// Where somebody signs in: on the tenant plane, the tenant is required.
  mutating func place(_ tenantID: String, on plane: OptionsV1.Plane) -> SignInPlace {
    plane == .tenant
      ? .members(of: TenantID(rawValue: uuid(tenantID, "tenant_id"))) : .operators
  }

  /// An operator's role.
  mutating func role(_ role: IdentityV1.Role) -> Role {
    guard let known = Role(role) else {
      require(role == .unspecified, "role", "role \(role.rawValue) is not known")
      require(role != .unspecified, "role", "role is required")
      return .viewer
    }
    return known
  }

  /// A member's role; nil when the request does not say.
  mutating func memberRole(_ role: IdentityV1.MemberRole) -> MemberRole? {
    switch role {
    case .unspecified: return nil
    case .member: return .member
    case .admin: return .admin
    case .unrecognized(let number):
      add(FieldViolation("role", "role \(number) is not known"))
      return nil
    }
  }
}
