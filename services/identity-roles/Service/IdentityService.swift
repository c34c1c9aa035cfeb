import MeshAPI
import MeshKit
import MeshRPC

/// The front desk for whoever comes and goes: one line for each RPC.
struct IdentityService: IdentityV1.IdentityServiceHandler {
  let operators: OperatorStore
  let credentials: CredentialStore
  let sessions: SessionStore
  let passwords: Passwords
  let issuer: SessionIssuer
  let tenants: TenantDirectory
  let gates: SessionGates
  let ledger: Ledger
  let rules: IdentityRules
  let now: @Sendable () -> Micros

  func setup(
    _ request: IdentityV1.SetupRequest, _ call: ServerCall
  ) async throws -> IdentityV1.SignInResponse { try await setUp(request, call) }

  func signIn(
    _ request: IdentityV1.SignInRequest, _ call: ServerCall
  ) async throws -> IdentityV1.SignInResponse { try await admit(request, call) }

  func signOut(
    _ request: IdentityV1.SignOutRequest, _ call: ServerCall
  ) async throws -> IdentityV1.SignOutResponse { try await end(request, call) }

  func whoAmI(
    _ request: IdentityV1.WhoAmIRequest, _ call: ServerCall
  ) async throws -> IdentityV1.WhoAmIResponse { try await describe(call) }
}

/// The service's rules as they are set.
struct IdentityRules: Sendable {
  var setup: SetupRule
  var throttle: ThrottleLimits
  var sessions: SessionRules
  var table: RoleTable
  /// How long tokens for one tenant live.
  var tokens: TokenLimits
  /// Characters of a name.
  var nameLimit: Int
  /// Characters of a reason.
  var reasonLimit: Int
}

/// How long sessions live on each plane.
struct SessionRules: Sendable, Equatable {
  var operators: SessionLimits
  var members: SessionLimits

  /// The limits of an account's sessions.
  func limits(of account: Account) -> SessionLimits {
    switch account {
    case .operator: operators
    case .member: members
    }
  }
}
