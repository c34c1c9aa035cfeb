import COpenSSL
import Glibc

/// Reads small text files, such as keys and certificates, whole.
enum PEMFile {
  /// The largest file that is read; a bundle of every public CA is a quarter of it.
  static let maximumSize = 1 << 20

  /// Returns the contents of the file at `path`.
  static func read(_ path: String) throws(CryptoError) -> [UInt8] {
    guard let file = fopen(path, "re") else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { fclose(file) }
    let bytes = [UInt8](unsafeUninitializedCapacity: maximumSize) { buffer, initialized in
      initialized = fread(buffer.baseAddress, 1, buffer.count, file)
    }
    guard ferror(file) == 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    guard bytes.count < maximumSize else {
      throw .unreadable(path: path, reason: "larger than \(maximumSize) bytes")
    }
    return bytes
  }
}
