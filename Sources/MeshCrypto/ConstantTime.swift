import COpenSSL

/// Compares two byte strings in time that depends on their lengths only.
///
/// Lengths are not secret: different lengths answer false at once.
package func constantTimeEquals(
  _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
) -> Bool {
  guard left.count == right.count else { return false }
  guard left.count > 0 else { return true }
  return CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
}

/// Compares two byte strings in time that depends on their lengths only.
package func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.withUnsafeBytes { left in
    right.withUnsafeBytes { constantTimeEquals(left, $0) }
  }
}
