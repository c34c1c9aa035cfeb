import MeshCrypto
import Testing

@testable import Audit

@Suite("The chain rule")
struct ChainRuleTests {
  @Test("a leaf is the hash of a zero byte and the bytes")
  func leaf() {
    let rule = Rule(.platform)
    #expect(rule.leaf(of: [1, 2]).bytes == SHA256.digest(of: [0, 1, 2]).bytes)
    #expect(
      rule.leaf(of: []).description
        == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
  }

  @Test("a link is the hash of tag, tenant, sequence, hash before and leaf, each in its place")
  func link() {
    let tenant = "0197f2c0-0000-7000-8000-000000000001"
    let rule = Rule(.tenant(tenant))
    let previous = rule.leaf(of: [7])
    let leaf = rule.leaf(of: [8])
    let preimage =
      Array("tenantry/ledger/v1".utf8) + [0, 0, 0, 36] + Array(tenant.utf8)
      + [0, 0, 0, 0, 0, 0, 1, 2] + previous.bytes + leaf.bytes
    #expect(
      rule.link(258, after: previous, leaf: leaf).bytes == SHA256.digest(of: preimage).bytes)
  }

  @Test("the platform's links name no tenant and start from 32 zero bytes")
  func platform() {
    let rule = Rule(.platform)
    let leaf = rule.leaf(of: [])
    let preimage =
      Array("tenantry/ledger/v1".utf8) + [0, 0, 0, 0] + [0, 0, 0, 0, 0, 0, 0, 1]
      + Array(repeating: 0, count: 32) + leaf.bytes
    #expect(
      rule.link(1, after: .genesis, leaf: leaf).bytes == SHA256.digest(of: preimage).bytes)
  }

  @Test("a hash takes 32 bytes and shows them as they are")
  func hash() throws {
    #expect(ChainHash([UInt8](repeating: 1, count: 31)) == nil)
    let bytes = [UInt8](0..<32)
    let hash = try #require(ChainHash(bytes))
    #expect(hash.bytes == bytes)
    #expect(
      hash.description == "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
  }
}
