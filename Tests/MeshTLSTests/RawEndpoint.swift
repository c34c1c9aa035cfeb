import COpenSSL
import MeshCrypto

/// A peer made of bare OpenSSL, for what our own sessions never do.
final class RawEndpoint: Endpoint {
  let context: OpaquePointer?
  let ssl: OpaquePointer?
  /// What ended the connection, an alert for instance, as OpenSSL words it.
  private(set) var failure: String?
  private let input = BIO_new(BIO_s_mem())
  private let output = BIO_new(BIO_s_mem())

  /// Makes a client that verifies nothing, and offers `h2` if told so.
  init(clientOffering protocols: [UInt8] = []) {
    context = SSL_CTX_new(TLS_client_method())
    SSL_CTX_set_alpn_protos(context, protocols, UInt32(protocols.count))
    ssl = SSL_new(context)
    SSL_set_bio(ssl, input, output)
    SSL_set_connect_state(ssl)
  }

  /// Makes a server for `localhost` that knows nothing of ALPN.
  init(serverOf authority: CertificateAuthority, validity: CertificateValidity) throws {
    let issued = try authority.issue(
      CertificateRequest(commonName: "raw", dnsNames: ["localhost"], validity: validity))
    context = SSL_CTX_new(TLS_server_method())
    let pem = BIO_new(BIO_s_mem())
    defer { BIO_free(pem) }
    let text = issued.chainPEM + issued.privateKeyPEM
    BIO_write(pem, text, Int32(text.utf8.count))
    let certificate = copenssl_read_certificate(pem)
    SSL_CTX_use_certificate(context, certificate)
    X509_free(certificate)
    let key = copenssl_read_private_key(pem)
    SSL_CTX_use_PrivateKey(context, key)
    EVP_PKEY_free(key)
    ssl = SSL_new(context)
    SSL_set_bio(ssl, input, output)
    SSL_set_accept_state(ssl)
  }

  deinit {
    SSL_free(ssl)
    SSL_CTX_free(context)
  }

  func give(_ bytes: [UInt8]) {
    BIO_write(input, bytes, Int32(bytes.count))
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    ERR_clear_error()
    while SSL_read(ssl, &buffer, Int32(buffer.count)) > 0 {}
    if failure == nil, let reason = ERR_reason_error_string(ERR_peek_error()) {
      failure = String(cString: reason)
    }
    ERR_clear_error()
  }

  func take() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, initialized in
      initialized = max(0, Int(BIO_read(output, buffer.baseAddress, Int32(buffer.count))))
    }
  }
}
