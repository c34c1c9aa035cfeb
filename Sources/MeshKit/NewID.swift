import MeshCrypto

/// Fresh ids in the mesh's one form: UUIDv7 as text.
package enum NewID {
  /// A new id; ids made later sort behind ids made earlier, millisecond by millisecond.
  package static func make(now: Micros = Timestamps.now()) -> String {
    UUIDv7.make(milliseconds: UInt64(clamping: now / 1000)).description
  }
}
