/// Time-ordered UUIDs (RFC 9562 section 5.7), from a time and randomness that the caller brings.
package enum UUIDv7 {
  /// Makes a UUID from Unix time in milliseconds (48 bits are used) and 128 random bits (74 used).
  package static func make(
    milliseconds: UInt64, random: UInt128 = SecureRandom.bits128()
  ) -> UUIDValue {
    let time = UInt128(milliseconds & 0xffff_ffff_ffff) << 80
    let version: UInt128 = 7 << 76
    let high = (random >> 64 & 0xfff) << 64
    let variant: UInt128 = 2 << 62
    let low = random & (1 << 62 - 1)
    return UUIDValue(bits: time | version | high | variant | low)
  }

  /// The Unix time in milliseconds that a version 7 UUID was made at; nil for other versions.
  package static func milliseconds(of uuid: UUIDValue) -> UInt64? {
    uuid.version == 7 ? UInt64(truncatingIfNeeded: uuid.bits >> 80) : nil
  }
}
