import MeshAPI
import MeshKit
import MeshRPC

/// What the service `tenants` knows about a tenant, asked when it matters.
struct TenantDirectory: Sendable {
  let tenants: TenantsV1.TenantGateServiceClient
  /// How long an answer may take; without one nobody signs in to the tenant.
  let timeout: Duration
  /// Where members of a blocked tenant are sent.
  let supportURL: String

  /// Why the tenant's members are kept out; nil when they are not.
  func block(of tenant: TenantID, _ call: ServerCall) async throws -> TenantBlock? {
    let cause: TenantBlock.Cause
    switch try await lifecycle(of: tenant, call).state {
    case .provisioned, .trial, .active: return nil
    case .suspended: cause = .suspended
    case .offboarding: cause = .offboarding
    case .offboarded, .unspecified, .unrecognized: cause = .offboarded
    }
    return TenantBlock(cause: cause, supportURL: supportURL)
  }

  /// Throws `NOT_FOUND` where there is no such tenant any more, or never was.
  func require(_ tenant: TenantID, _ call: ServerCall) async throws {
    if try await lifecycle(of: tenant, call).state == .offboarded {
      throw RPCErrors.notFound("tenant", tenant.rawValue)
    }
  }

  private func lifecycle(
    of tenant: TenantID, _ call: ServerCall
  ) async throws -> TenantsV1.TenantLifecycle {
    try await tenants.checkTenant(
      .init(tenantID: tenant.rawValue), call.onward(limit: timeout))
  }
}

/// Why a tenant's members are kept out, in the words that the edge has for their calls.
struct TenantBlock: Error, Sendable, Equatable {
  enum Cause: Sendable, Equatable {
    case suspended, offboarding, offboarded
  }

  let cause: Cause
  let supportURL: String
}
