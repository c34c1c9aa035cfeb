import MeshCrypto

/// Hashes as they would have been stored.
enum PasswordHashes {
  static func encoded(_ password: String, logN: Int) throws -> String {
    try PasswordHash.scrypt(
      password, parameters: try ScryptParameters(logN: logN, r: 8, p: 1)
    ).encoded
  }
}
