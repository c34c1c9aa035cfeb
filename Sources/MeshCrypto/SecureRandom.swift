import COpenSSL
import Synchronization

/// Unpredictable bytes for keys, tokens and ids, from OpenSSL's generator seeded by the kernel.
///
/// It is also a `RandomNumberGenerator`, for `shuffle(using:)` and its like.
package struct SecureRandom: RandomNumberGenerator, Sendable {
  /// Makes a generator; all share the same source.
  package init() {}

  /// Returns `count` random bytes.
  package static func bytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      fill(UnsafeMutableRawBufferPointer(buffer))
      initialized = count
    }
  }

  /// Overwrites `buffer` with random bytes.
  package static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
    guard buffer.count > 0 else { return }
    let bytes = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let filled = RAND_bytes(bytes, Int32(buffer.count)) == 1
    // Only a kernel without entropy gets here. Going on would hand out guessable credentials.
    precondition(filled, "the system's source of randomness failed")
  }

  /// Returns 128 random bits, as `UUIDv7.make` takes them.
  ///
  /// They are drawn ahead: a call has an id, and asking OpenSSL for one costs as much as forty
  /// times its bytes.
  package static func bits128() -> UInt128 { pool.withLock { $0.next() } }

  private static let pool = Mutex(RandomPool())

  /// Returns 64 random bits.
  package mutating func next() -> UInt64 {
    var value: UInt64 = 0
    withUnsafeMutableBytes(of: &value) { Self.fill($0) }
    return value
  }
}

/// Random numbers drawn in one go; each is given out once and forgotten.
private struct RandomPool {
  private var numbers = [UInt128](repeating: 0, count: 64)
  private var left = 0

  mutating func next() -> UInt128 {
    if left == 0 {
      numbers.withUnsafeMutableBytes { SecureRandom.fill($0) }
      left = numbers.count
    }
    left -= 1
    defer { numbers[left] = 0 }
    return numbers[left]
  }
}
