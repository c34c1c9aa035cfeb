import MeshAPI
import MeshCrypto
import MeshKit
import MeshRPC
import MeshSQL

/// The front desk of the tenants' members: one line for each RPC.
struct MembersService: IdentityV1.MemberServiceHandler {
  let store: MemberStore
  let passwords: Passwords
  let tenants: TenantDirectory
  let ledger: Ledger
  let rules: IdentityRules
  let now: @Sendable () -> Micros

  func createMember(
    _ request: IdentityV1.CreateMemberRequest, _ call: ServerCall
  ) async throws -> IdentityV1.Member { try await create(request, call) }

  func listMembers(
    _ request: IdentityV1.ListMembersRequest, _ call: ServerCall
  ) async throws -> IdentityV1.ListMembersResponse { try await list(request, call) }
}

extension MembersService {
  private func create(
    _ request: IdentityV1.CreateMemberRequest, _ call: ServerCall
  ) async throws -> IdentityV1.Member {
    var fields = FieldCheck()
    let tenant = TenantID(
      rawValue: fields.uuid(try call.tenantScope(request.tenantID), "tenant_id"))
    let person = fields.person(
      email: request.email, name: request.name, password: request.password,
      nameLimit: rules.nameLimit)
    let role = fields.memberRole(request.role)
    try fields.finish()
    let new = try person.get()
    try await tenants.require(tenant, call)
    let hash = try await passwords.hash(request.password)
    var blank = request
    blank.password = ""
    return try await ledger.mutate(call, blank, requestID: request.requestID) {
      transaction, events in
      let hasMembers = try await store.lockMembers(of: tenant, in: transaction)
      let member = Member(
        id: MemberID(rawValue: NewID.make()), tenant: tenant, email: new.email, name: new.name,
        role: role ?? (hasMembers ? .member : .admin), createdAt: now())
      try await store.insert(
        member, passwordHash: hash, by: call.caller.id, reason: "member created",
        in: transaction)
      events.append(
        EventDraft(
          tenantID: tenant.rawValue,
          target: EventDraft.Target(.member(member.id, of: tenant), member.email),
          details: ["role": member.role.rawValue]))
      return IdentityV1.Member(member)
    }
  }

  private func list(
    _ request: IdentityV1.ListMembersRequest, _ call: ServerCall
  ) async throws -> IdentityV1.ListMembersResponse {
    var fields = FieldCheck()
    let tenant = TenantID(
      rawValue: fields.uuid(try call.tenantScope(request.tenantID), "tenant_id"))
    try fields.finish()
    let page = try Paging.page(
      size: request.pageSize, token: request.pageToken, list: "members",
      parameters: [tenant.rawValue], keyParts: 2)
    let found = try await store.rows(of: tenant, after: try page.key(), limit: page.limit + 1)
    // A tenant without members and a tenant that is none look alike from here.
    if found.isEmpty { try await tenants.require(tenant, call) }
    let shown = found.prefix(page.limit)
    let last = shown.last.map { ListKey(createdAt: $0.createdAt, id: $0.id.rawValue).parts }
    return IdentityV1.ListMembersResponse(
      members: shown.map(IdentityV1.Member.init),
      nextPageToken: page.next(after: found.count > page.limit ? last : nil))
  }
}
