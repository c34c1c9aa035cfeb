import COpenSSL

/// The scrypt key derivation function (RFC 7914).
enum Scrypt {
  /// Derives `count` bytes from a password and a salt; takes `parameters.memory` bytes while it
  /// runs.
  static func derive(
    password: [UInt8], salt: [UInt8], parameters: ScryptParameters, count: Int
  ) throws(CryptoError) -> [UInt8] {
    var derived: Int32 = 0
    let key = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      // OpenSSL's default limit is 32 MiB, which the recommended parameters exceed.
      derived = password.withUnsafeBytes { password in
        EVP_PBE_scrypt(
          password.baseAddress?.assumingMemoryBound(to: CChar.self), password.count, salt,
          salt.count, 1 << UInt64(parameters.logN), UInt64(parameters.r),
          UInt64(parameters.p), UInt64(parameters.memory), buffer.baseAddress, count)
      }
      if derived == 1 { initialized = count }
    }
    guard derived == 1 else { throw .openSSL(reason: CryptoError.lastReason()) }
    return key
  }
}
