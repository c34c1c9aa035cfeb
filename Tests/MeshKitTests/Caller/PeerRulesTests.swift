import MeshRPC
import Testing

@testable import MeshKit

@Suite("Peer rules")
struct PeerRulesTests {
  static let text = """
    spiffe://mesh/edge,
    spiffe://mesh/tenants tenantry.audit.v1.AuditService/AppendEvents
      tenantry.pools.v1.PoolService/*,
    spiffe://mesh/reader tenantry.tenants.*,
    spiffe://mesh/tenants grpc.reflection.v1.ServerReflection/*
    """

  @Test(
    "allow what they say and nothing else",
    arguments: [
      ("edge", "/any.Thing/At", true),
      ("tenants", "/tenantry.audit.v1.AuditService/AppendEvents", true),
      ("tenants", "/tenantry.audit.v1.AuditService/AppendEventsTwice", false),
      ("tenants", "/tenantry.audit.v1.AuditService/ListEntries", false),
      ("tenants", "/tenantry.pools.v1.PoolService/AssignTenant", true),
      ("tenants", "/tenantry.pools.v1.PoolServiceToo/AssignTenant", false),
      ("tenants", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", true),
      ("reader", "/tenantry.tenants.v1.TenantService/GetTenant", true),
      ("reader", "/tenantry.tenantsextra.v1.TenantService/GetTenant", false),
      ("reader", "/tenantry.audit.v1.AuditService/ListEntries", false),
      ("edge/", "/any.Thing/At", false), ("Edge", "/any.Thing/At", false),
      ("unknown", "/any.Thing/At", false),
    ])
  func decisions(name: String, path: String, isAllowed: Bool) throws {
    let rules = try PeerRules(parsing: Self.text)
    let peer = Peer(address: "127.0.0.1:1", trust: .certificate("spiffe://mesh/\(name)"))
    #expect(rules.allow(peer, path) == isAllowed)
  }

  @Test("are not asked about mesh sockets, and let nobody in without an identity")
  func otherPeers() throws {
    for rules in [PeerRules(), try PeerRules(parsing: Self.text)] {
      #expect(rules.allow(Peer(address: "unix", trust: .localSocket), "/any.Thing/At"))
      #expect(!rules.allow(Peer(address: "127.0.0.1:1", trust: .unknown), "/any.Thing/At"))
    }
  }

  @Test("deny everything when there are none", arguments: ["", " ", "\n"])
  func empty(text: String) throws {
    let rules = try PeerRules(parsing: text)
    #expect(rules == PeerRules())
    #expect(
      !rules.allow(
        Peer(address: "127.0.0.1:1", trust: .certificate("spiffe://mesh/edge")), "/a.B/C"))
  }

  @Test(
    "are refused with the word that is wrong",
    arguments: [
      ("spiffe://mesh/edge,,spiffe://mesh/x", PeerRuleError.emptyEntry),
      ("spiffe://mesh/edge,", .emptyEntry),
      ("edge", .notAnIdentity("edge")),
      ("spiffe://mesh", .notAnIdentity("spiffe://mesh")),
      ("spiffe://mesh/*", .notAnIdentity("spiffe://mesh/*")),
      ("spiffe://mesh/x *", .notMethods("*")),
      ("spiffe://mesh/x a.B/C/D", .notMethods("a.B/C/D")),
      ("spiffe://mesh/x /a.B/C", .notMethods("/a.B/C")),
      ("spiffe://mesh/x a.B", .notMethods("a.B")),
      ("spiffe://mesh/x a*", .notMethods("a*")),
      ("spiffe://mesh/x a.*/C", .notMethods("a.*/C")),
      ("spiffe://mesh/x .*", .notMethods(".*")),
      ("spiffe://mesh/x a..b.*", .notMethods("a..b.*")),
    ])
  func malformed(text: String, error: PeerRuleError) {
    #expect(throws: error) { try PeerRules(parsing: text) }
  }

  @Test("stay within their limit")
  func limit() throws {
    let one = "spiffe://mesh/a a.B/C"
    let most = Array(repeating: one, count: PeerRules.entryLimit).joined(separator: ",")
    _ = try PeerRules(parsing: most)
    #expect(throws: PeerRuleError.tooMany(limit: PeerRules.entryLimit)) {
      try PeerRules(parsing: most + "," + one)
    }
  }

  @Test("are what the setting takes, which says what is wrong with others")
  func setting() throws {
    let declared = [ProcessSettings.trustedPeers.declaration]
    #expect(
      throws: SettingsError.malformed(
        name: "trusted-peers",
        rule: "must begin each entry with an identity like spiffe://mesh/edge, not edge")
    ) {
      try Settings(declared: declared, file: "trusted-peers = edge", environment: [:])
    }
  }
}
