import MeshAPI
import MeshRPC
import MeshSQL
import MeshTestKit
import Testing

@Suite("The whole mesh", .timeLimit(.minutes(2)))
struct PromiseTests {
  @Test("a tenant that was created has its pools and its entries, and its ledger verifies")
  func provision() async throws {
    try await Scene.run { scene in
      let (ada, mesh) = (scene.ada, scene.mesh)
      let id = try await scene.makeTenant()
      let route = try await ada.pools.getRoute(.init(tenantID: id), ada.options)
      #expect(route.tenantID == id)
      let entries = try await scene.entries(of: id, count: 3)
      #expect(
        Set(entries.compactMap(\.event?.type)) == [
          "tenant.created.v1", "tenant.pool.assigned.v1", "tenant.activated.v1",
        ])
      #expect(entries.map(\.sequence) == [1, 2, 3])
      for event in entries.compactMap(\.event) {
        #expect(event.actor?.name == "ada@example.com" && event.actor?.credential == .session)
        #expect(!event.requestID.isEmpty)
      }
      let verdict = try await ada.audit.verifyLedger(.init(tenantID: id), ada.options)
      #expect(verdict.intact && verdict.entryCount == 3)
      // Nothing waits anywhere once it is in the ledger.
      for schema in ["accounts", "tenant", "pool"] {
        try await eventually { try await mesh.outboxDepth(schema) == 0 }
      }
    }
  }

  @Test("a suspension that was answered holds for the next call, and so does its end")
  func suspension() async throws {
    try await Scene.run { scene in
      let ada = scene.ada
      let id = try await scene.makeTenant()
      let bob = try await scene.makeMember(of: id)
      let own = TenantsV1.GetTenantRequest(tenantID: id)
      for round in 1...5 {
        #expect(try await bob.tenants.getTenant(own, bob.options).tenantID == id)
        _ = try await ada.tenants.suspendTenant(
          .init(tenantID: id, reason: "round \(round)"), ada.options)
        let refusal = await #expect(throws: RPCError.self) {
          try await bob.tenants.getTenant(own, bob.options)
        }
        #expect(refusal?.code == .permissionDenied)
        #expect(refusal?.message.contains("suspended") == true)
        _ = try await ada.tenants.reinstateTenant(.init(tenantID: id), ada.options)
      }
    }
  }

  @Test("a session that was ended is nobody's at the next call")
  func signOut() async throws {
    try await Scene.run { scene in
      let bob = try await scene.makeMember(of: try await scene.makeTenant())
      _ = try await bob.identity.whoAmI(.init(), bob.options)
      _ = try await bob.identity.signOut(.init(), bob.options)
      let refusal = await #expect(throws: RPCError.self) {
        try await bob.identity.whoAmI(.init(), bob.options)
      }
      #expect(refusal?.code == .unauthenticated)
    }
  }

  @Test("a token for one tenant runs its lifecycle, no other's, and the ledger says so")
  func tenantToken() async throws {
    try await Scene.run { scene in
      let ada = scene.ada
      let (own, other) = (try await scene.makeTenant(), try await scene.makeTenant("Initech"))
      let token = try await ada.tokens.createTenantToken(
        .init(tenantID: own, reason: "dunning job"), ada.options)
      let job = ada.with(token.token)
      _ = try await job.tenants.suspendTenant(.init(tenantID: own, reason: "unpaid"), job.options)
      _ = try await job.tenants.reinstateTenant(.init(tenantID: own), job.options)
      let foreign = await #expect(throws: RPCError.self) {
        try await job.tenants.suspendTenant(.init(tenantID: other, reason: "unpaid"), job.options)
      }
      #expect(foreign?.code == .notFound)
      let list = await #expect(throws: RPCError.self) {
        try await job.tenants.listTenants(.init(), job.options)
      }
      #expect(list?.code == .permissionDenied)
      _ = try await ada.tokens.revokeTenantToken(.init(tokenID: token.tokenID), ada.options)
      let revoked = await #expect(throws: RPCError.self) {
        try await job.tenants.getTenant(.init(tenantID: own), job.options)
      }
      #expect(revoked?.code == .unauthenticated)

      let events = try await scene.entries(of: own, count: 7).compactMap(\.event)
      #expect(
        events.filter { $0.actor?.credential == .tenantToken }.map(\.type) == [
          "tenant.suspended.v1", "tenant.reinstated.v1",
        ])
    }
  }

  @Test("with the ledger away changes are refused, and what was answered is in it once it is back")
  func ledgerAway() async throws {
    try await Scene.run { scene in
      let (ada, mesh) = (scene.ada, scene.mesh)
      let id = try await scene.makeTenant()
      await mesh.stop(.audit)
      var answered = 0
      try await eventually {
        do {
          let request: TenantsV1.SuspendTenantRequest = .init(tenantID: id, reason: "away")
          _ = try await ada.tenants.suspendTenant(request, ada.options)
          _ = try await ada.tenants.reinstateTenant(.init(tenantID: id), ada.options)
          answered += 2
          return false
        } catch let error as RPCError {
          #expect(error.code == .unavailable && error.message.contains("audit ledger"))
          return true
        }
      }
      try await mesh.start(.audit)
      // The edge's own way to the ledger pauses up to a second after failed attempts.
      try await eventually {
        try await whenAvailable {
          _ = try await ada.tenants.getTenant(.init(tenantID: id), ada.options)
          return try await ada.audit.listEntries(.init(tenantID: id), ada.options)
        } != nil
      }
      // Reads have entries too, and theirs may come first.
      var changes: [EventsV1.Event] = []
      try await eventually {
        changes = try await scene.entries(of: id, count: 3 + answered).compactMap(\.event)
          .filter { $0.type != "tenant.viewed.v1" }
        return changes.count >= 3 + answered
      }
      // The last attempt may have been refused between its two changes.
      #expect(changes.count == 3 + answered || changes.count == 4 + answered)
      #expect(Set(changes.map(\.eventID)).count == changes.count)
      #expect(try await ada.audit.verifyLedger(.init(tenantID: id), ada.options).intact)
    }
  }

  @Test("an event that is relayed again is in the ledger once")
  func relayedTwice() async throws {
    try await Scene.run { scene in
      let (ada, mesh) = (scene.ada, scene.mesh)
      let id = try await scene.makeTenant()
      let entries = try await scene.entries(of: id, count: 3)
      // As if the relay had died between the ledger's answer and its own commit.
      let event = try #require(entries.compactMap(\.event).first { $0.source == "tenants" })
      try await mesh.database.execute(
        "INSERT INTO tenant.outbox (event) VALUES (\(event.serialized()))")
      try await eventually { try await mesh.outboxDepth("tenant") == 0 }
      let verdict = try await ada.audit.verifyLedger(.init(tenantID: id), ada.options)
      #expect(verdict.intact && verdict.entryCount == 3)
    }
  }

  @Test("a tenant that is created while the pool router is away is placed when it is back")
  func poolRouterAway() async throws {
    try await Scene.run { scene in
      let (ada, mesh) = (scene.ada, scene.mesh)
      await mesh.stop(.poolRouter)
      let id = try await scene.makeTenant()
      try await mesh.start(.poolRouter)
      try await eventually {
        do {
          return try await ada.pools.getRoute(.init(tenantID: id), ada.options).tenantID == id
        } catch let error as RPCError where [.unavailable, .notFound].contains(error.code) {
          return false
        }
      }
      let types = try await scene.entries(of: id, count: 3).compactMap(\.event?.type)
      #expect(types.filter { $0 == "tenant.pool.assigned.v1" }.count == 1)
    }
  }

  @Test("a session outlives the process that began it, and the edge trusts nothing meanwhile")
  func identityAway() async throws {
    try await Scene.run { scene in
      let (ada, mesh) = (scene.ada, scene.mesh)
      await mesh.stop(.identityRoles)
      // The edge hears of it by its own connection, a moment after the process has gone.
      try await eventually {
        try await whenAvailable { try await ada.tenants.listTenants(.init(), ada.options) } == nil
      }
      try await mesh.start(.identityRoles)
      try await eventually {
        try await whenAvailable { try await ada.identity.whoAmI(.init(), ada.options) } != nil
      }
    }
  }
}

extension TestMesh {
  /// How many events wait in a service's outbox.
  func outboxDepth(_ schema: String) async throws -> Int64 {
    let name: SQL = "\(identifier: schema)"
    return try await database.query("SELECT count(*) FROM \(sql: name).outbox").one()
      .decode(Int64.self)
  }
}
