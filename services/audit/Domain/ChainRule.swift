/// SHA-256 as the chain needs it; the service brings the real one.
protocol ChainHashing: Sendable {
  init()
  mutating func update(_ bytes: UnsafeRawBufferPointer)
  /// The digest of everything added.
  func digest() -> ChainHash
}

/// How the entries of a ledger hang together.
///
/// `leaf = SHA-256(0x00 ‖ bytes)`, the leaf of RFC 9162 section 2.1.1, and
/// `chain_n = SHA-256(tag ‖ length(tenant) ‖ tenant ‖ n ‖ chain_{n-1} ‖ leaf_n)`, where the tag is
/// the ASCII text `tenantry/ledger/v1`, the length four bytes, n eight bytes, both big-endian, the
/// tenant its id in UTF-8 (none for the platform), and `chain_0` 32 zero bytes.
struct ChainRule<Hashing: ChainHashing>: Sendable {
  private static var tag: StaticString { "tenantry/ledger/v1" }

  // Tag and tenant are the same for every entry of a ledger: hashed once, then copied.
  private let start: Hashing
  // 0x00 is the same for every leaf.
  private let leafStart: Hashing

  /// The rule of one ledger.
  init(_ ledger: LedgerID) {
    var start = Hashing()
    start.update(
      UnsafeRawBufferPointer(start: Self.tag.utf8Start, count: Self.tag.utf8CodeUnitCount))
    var name = ledger.hashed
    name.withUTF8 { name in
      withUnsafeBytes(of: UInt32(name.count).bigEndian) { start.update($0) }
      start.update(UnsafeRawBufferPointer(name))
    }
    self.start = start
    var leaf = Hashing()
    withUnsafeBytes(of: UInt8(0)) { leaf.update($0) }
    leafStart = leaf
  }

  /// The hash of an entry's canonical bytes.
  func leaf(of bytes: UnsafeRawBufferPointer) -> ChainHash {
    var hash = leafStart
    hash.update(bytes)
    return hash.digest()
  }

  /// The hash of an entry's canonical bytes.
  func leaf(of bytes: [UInt8]) -> ChainHash {
    bytes.withUnsafeBytes { leaf(of: $0) }
  }

  /// The chain's hash up to and including entry `sequence`, which follows one with hash `previous`.
  func link(_ sequence: Int64, after previous: ChainHash, leaf: ChainHash) -> ChainHash {
    var hash = start
    withUnsafeBytes(of: sequence.bigEndian) { hash.update($0) }
    previous.withUnsafeBytes { hash.update($0) }
    leaf.withUnsafeBytes { hash.update($0) }
    return hash.digest()
  }
}
