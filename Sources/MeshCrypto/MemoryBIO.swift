import COpenSSL

/// Owns an OpenSSL memory BIO: the way PEM text enters and leaves OpenSSL.
final class MemoryBIO {
  let pointer: OpaquePointer

  /// Makes a BIO that starts with `bytes` in it.
  init(reading bytes: [UInt8] = []) {
    // Null means that malloc failed, as for any Swift object.
    guard let pointer = BIO_new(BIO_s_mem()) else { preconditionFailure("out of memory") }
    self.pointer = pointer
    bytes.withUnsafeBytes { _ = BIO_write(pointer, $0.baseAddress, Int32($0.count)) }
  }

  deinit {
    BIO_free(pointer)
  }

  /// Everything that has been written and not read, as text.
  var text: String {
    var start: UnsafeMutablePointer<CChar>?
    let count = copenssl_bio_contents(pointer, &start)
    return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
  }
}
