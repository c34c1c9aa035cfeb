import COpenSSL

/// Owns one `X509`.
///
/// Unchecked because the pointer is not `Sendable`; the certificate is complete and unchanging once
/// it is in a handle, and OpenSSL allows any number of threads to read it.
final class CertificateHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Takes ownership of `pointer`; a null is OpenSSL's way to say that it failed.
  init(owning pointer: OpaquePointer?) throws(CryptoError) {
    guard let pointer else { throw .openSSL(reason: CryptoError.lastReason()) }
    self.pointer = pointer
  }

  /// Reads the first certificate in PEM text.
  convenience init(pem: String) throws(CryptoError) {
    let bio = MemoryBIO(reading: [UInt8](pem.utf8))
    guard let certificate = copenssl_read_certificate(bio.pointer) else {
      ERR_clear_error()
      throw .missingFromPEM("certificate")
    }
    try self.init(owning: certificate)
  }

  deinit {
    X509_free(pointer)
  }

  /// The certificate as PEM text.
  var pem: String {
    let bio = MemoryBIO()
    let written = PEM_write_bio_X509(bio.pointer, pointer)
    precondition(written == 1, "a parsed or signed certificate can be written")
    return bio.text
  }
}
