import COpenSSL
import Glibc

/// Reads certificates and keys out of one PEM source, and names the source in every error.
struct PEMReader: ~Copyable {
  private let source: PEMSource
  private let bio: OpaquePointer

  init(_ source: PEMSource) throws(TLSError) {
    let opened: OpaquePointer?
    switch source {
    case .file(let path):
      opened = BIO_new_file(path, "re")
    case .text(let text):
      opened = BIO_new(BIO_s_mem())
      BIO_write(opened, text, Int32(text.utf8.count))
    }
    guard let opened else {
      let reason = String(cString: strerror(errno))
      ERR_clear_error()
      throw .configuration(source: source.description, reason: reason)
    }
    self.source = source
    bio = opened
  }

  deinit {
    BIO_free(bio)
  }

  /// Calls `body` with each certificate in turn, freed afterwards; throws if there is none.
  func forEachCertificate(
    _ body: (OpaquePointer) throws(TLSError) -> Void
  ) throws(TLSError) {
    var count = 0
    while let certificate = copenssl_read_certificate(bio) {
      defer { X509_free(certificate) }
      try body(certificate)
      count += 1
    }
    let isAtEnd = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
    ERR_clear_error()
    guard count > 0 else { throw failure("no certificate in PEM form") }
    guard isAtEnd else { throw failure("certificate \(count + 1) is damaged") }
  }

  /// Calls `body` with the private key, which is freed afterwards.
  func withPrivateKey(_ body: (OpaquePointer) throws(TLSError) -> Void) throws(TLSError) {
    guard let key = copenssl_read_private_key(bio) else {
      ERR_clear_error()
      throw failure("no unencrypted private key in PEM form")
    }
    defer { EVP_PKEY_free(key) }
    try body(key)
  }

  /// The error that blames this source.
  func failure(_ reason: String) -> TLSError {
    .configuration(source: source.description, reason: reason)
  }
}
