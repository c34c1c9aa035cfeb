import MeshAPI
import MeshCrypto
import MeshKit
import MeshRPC
import Synchronization
import Testing

@testable import Edge

/// An identity service that knows two tokens and counts who asks.
private final class SessionStore: IdentityV1.SessionServiceHandler {
  let questions = Atomic<Int>(0)

  func introspect(
    _ request: IdentityV1.IntrospectRequest, _ call: ServerCall
  ) async throws -> IdentityV1.IntrospectResponse {
    questions.wrappingAdd(1, ordering: .relaxed)
    var response = IdentityV1.IntrospectResponse()
    response.maxAge = .init(.seconds(60))
    var caller = IdentityV1.Caller()
    caller.kind = .anonymous
    if request.tokenHash == SHA256.digest(of: "operator").bytes, request.plane == .operator {
      caller.kind = .operator
      caller.id = "ada"
      caller.sessionID = "s-ada"
      caller.permissions = ["tenants.read"]
    }
    if request.tokenHash == SHA256.digest(of: "tenant token").bytes, request.plane == .operator {
      caller.kind = .operator
      caller.id = "ada"
      caller.sessionID = "s-token"
      caller.tenantID = "globex"
      caller.permissions = ["tenants.read", "tenants.suspend"]
      caller.credential = .tenantToken
    }
    if request.tokenHash == SHA256.digest(of: "member").bytes, request.plane == .tenant {
      caller.kind = .member
      caller.id = "bob"
      caller.sessionID = "s-bob"
      caller.tenantID = "globex"
      caller.permissions = ["tenants.read"]
    }
    response.caller = caller
    return response
  }

  func watchSessions(
    _ requests: TypedMessages<IdentityV1.WatchSessionsRequest>,
    _ responses: ResponseWriter<IdentityV1.SessionChange>, _ call: ServerCall
  ) async throws {}
}

/// A tenants service in which Globex is in the given state.
private final class TenantGate: TenantsV1.TenantGateServiceHandler {
  let state = Mutex(TenantsV1.TenantState.active)

  func checkTenant(
    _ request: TenantsV1.CheckTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.TenantLifecycle {
    var lifecycle = TenantsV1.TenantLifecycle()
    lifecycle.tenantID = request.tenantID
    lifecycle.state = state.withLock { $0 }
    return lifecycle
  }

  func watchTenantStates(
    _ requests: TypedMessages<TenantsV1.WatchTenantStatesRequest>,
    _ responses: ResponseWriter<TenantsV1.TenantStateChange>, _ call: ServerCall
  ) async throws {}
}

@Suite("The gate", .timeLimit(.minutes(1)))
struct GateTests {
  private let identity = SessionStore()
  private let tenantService = TenantGate()
  private let key: Ed25519PrivateKey
  private let sessions: Sessions
  private let tenants: TenantStates
  private let gate: Gate

  init() throws {
    key = try Ed25519PrivateKey()
    var identityRouter = Router()
    identity.register(on: &identityRouter)
    var tenantRouter = Router()
    tenantService.register(on: &tenantRouter)
    sessions = Sessions(
      identity: .init(InProcessChannel(identityRouter)), signer: CallerSigner(key), limit: 10,
      timeout: .seconds(30))
    tenants = TenantStates(
      gate: .init(InProcessChannel(tenantRouter)), timeout: .seconds(30),
      supportURL: "https://support.example")
    gate = Gate(
      sessions: sessions, tenants: tenants, rates: RateLimiter(.init()), contact: "Ask Grace")
  }

  private let get = "/tenantry.tenants.v1.TenantService/GetTenant"
  private let suspend = "/tenantry.tenants.v1.TenantService/SuspendTenant"

  private func admit(
    _ token: String?, _ path: String, _ plane: OptionsV1.Plane = .operator
  ) async throws -> Gate.Admission {
    var metadata: Metadata = ["tenantry-request-id": "forged", "x-other": "kept"]
    metadata.add(binary: [1], for: "tenantry-caller-bin")
    if let token { metadata.add("Bearer \(token)", for: "authorization") }
    return try await gate.admit(
      PolicyTable.byPath[path], path: path, metadata: metadata, plane: plane, ip: "192.0.2.9")
  }

  private func refusal(
    _ token: String?, _ path: String, _ plane: OptionsV1.Plane = .operator
  ) async -> RPCError? {
    do {
      _ = try await admit(token, path, plane)
      return nil
    } catch {
      return RPCError(thrown: error)
    }
  }

  private func startWatches() {
    var session = IdentityV1.SessionChange()
    session.lease = .init(.seconds(60))
    sessions.apply(session)
    var tenant = TenantsV1.TenantStateChange()
    tenant.lease = .init(.seconds(60))
    tenant.snapshotEnd = true
    tenants.apply(tenant)
  }

  @Test("a credential for one tenant opens its lifecycle, also while it is locked, and no more")
  func tenantToken() async throws {
    tenantService.state.withLock { $0 = .suspended }
    let reinstate = "/tenantry.tenants.v1.TenantService/ReinstateTenant"
    let admission = try await admit("tenant token", reinstate)
    #expect(admission.caller.tenantID == "globex" && admission.caller.credential == .tenantToken)
    let closed = ["ListTenants", "CreateTenant", "NoSuchMethod"]
    for method in closed {
      let path = "/tenantry.tenants.v1.TenantService/\(method)"
      #expect(await refusal("tenant token", path) == refusal("operator", suspend))
    }
    #expect(await refusal("tenant token", get, .tenant)?.code == .unauthenticated)
  }

  @Test("signs who calls, mints a request id and passes on nothing that was forged")
  func admits() async throws {
    let admission = try await admit("operator", get)
    #expect(admission.caller.id == "ada")
    #expect(admission.metadata.first("authorization") == nil)
    #expect(admission.metadata.first("x-other") == "kept")
    #expect(admission.metadata.first(CallerHeaders.requestID) == admission.requestID)
    #expect(admission.requestID != "forged")
    let header = try #require(admission.metadata.withFirst(CallerHeaders.caller, { [UInt8]($0) }))
    let verified = try #require(CallerVerifier(keys: [key.publicKey]).verify(header))
    #expect(verified.id == "ada")
    #expect(verified.ip == "192.0.2.9")
  }

  @Test("refuses no credential, garbage and the other plane's credential alike")
  func unauthenticated() async {
    let none = await refusal(nil, get)
    #expect(none == RPCError(.unauthenticated, "You don't have access. Ask Grace"))
    for (token, plane) in [("garbage", OptionsV1.Plane.operator), ("member", .operator)] {
      #expect(await refusal(token, get, plane) == none)
    }
    #expect(await refusal("operator", get, .tenant) == none)
    #expect(await refusal(nil, "/no.such.Service/Method") == none)
  }

  @Test("refuses a known, an unknown and an internal method alike to who may not")
  func uniform() async {
    let known = await refusal("operator", suspend)
    #expect(known == RPCError(.permissionDenied, "You don't have access. Ask Grace"))
    for path in [
      "/no.such.Service/Method", "/tenantry.audit.v1.AuditService/AppendEvents", "", "/",
    ] {
      #expect(await refusal("operator", path) == known)
    }
  }

  @Test("remembers a session while the watch is live, and drops it when it changes")
  func remembers() async throws {
    startWatches()
    for _ in 0..<3 { _ = try await admit("operator", get) }
    #expect(identity.questions.load(ordering: .relaxed) == 1)
    var change = IdentityV1.SessionChange()
    change.accountID = "ada"
    change.lease = .init(.seconds(60))
    sessions.apply(change)
    _ = try await admit("operator", get)
    #expect(identity.questions.load(ordering: .relaxed) == 2)
    sessions.watchEnded()
    for _ in 0..<3 { _ = try await admit("operator", get) }
    #expect(identity.questions.load(ordering: .relaxed) == 5)
  }

  @Test("locks a suspended tenant's members out, watched or asked, and lets them in again")
  func suspended() async throws {
    _ = try await admit("member", get, .tenant)
    tenantService.state.withLock { $0 = .suspended }
    let asked = await refusal("member", get, .tenant)
    #expect(asked?.code == .permissionDenied)
    #expect(
      asked?.message == "this workspace is suspended; contact support: https://support.example")
    tenantService.state.withLock { $0 = .active }
    startWatches()
    _ = try await admit("member", get, .tenant)
    var change = TenantsV1.TenantStateChange()
    change.tenantID = "globex"
    change.state = .suspended
    change.epoch = 5
    change.lease = .init(.seconds(60))
    tenants.apply(change)
    #expect(await refusal("member", get, .tenant) == asked)
    change.state = .active
    change.epoch = 4
    tenants.apply(change)
    #expect(await refusal("member", get, .tenant) == asked)
    change.epoch = 6
    tenants.apply(change)
    _ = try await admit("member", get, .tenant)
    change.state = .suspended
    change.epoch = 5
    tenants.apply(change)
    _ = try await admit("member", get, .tenant)
  }
}
