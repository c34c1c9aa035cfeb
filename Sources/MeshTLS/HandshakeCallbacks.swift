import COpenSSL

// OpenSSL calls these on the thread that drives the session, from inside of TLSSession.advance.

/// Refuses a client that offers no application protocols at all, before any work is done for it.
///
/// `selectProtocol` is not even called for such a client.
func requireProtocols(
  ssl: OpaquePointer?, alert: UnsafeMutablePointer<Int32>?, context: UnsafeMutableRawPointer?
) -> Int32 {
  let extensionType = UInt32(TLSEXT_TYPE_application_layer_protocol_negotiation)
  var bytes: UnsafePointer<UInt8>?
  var count = 0
  if SSL_client_hello_get0_ext(ssl, extensionType, &bytes, &count) == 1 {
    return SSL_CLIENT_HELLO_SUCCESS
  }
  alert?.pointee = SSL_AD_NO_APPLICATION_PROTOCOL
  TLSSession.running(ssl)?.note(.noApplicationProtocol)
  return SSL_CLIENT_HELLO_ERROR
}

/// Selects the first of the server's protocols that the client offers, or refuses the client.
func selectProtocol(
  ssl: OpaquePointer?, selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  selectedLength: UnsafeMutablePointer<UInt8>?, offered: UnsafePointer<UInt8>?,
  offeredLength: UInt32, context: UnsafeMutableRawPointer?
) -> Int32 {
  guard let context else { return SSL_TLSEXT_ERR_ALERT_FATAL }
  let generation = Unmanaged<ContextGeneration>.fromOpaque(context).takeUnretainedValue()
  let protocols = generation.protocols
  let found = copenssl_select_protocol(
    selected, selectedLength, protocols.baseAddress, UInt32(protocols.count), offered,
    offeredLength)
  guard found == OPENSSL_NPN_NEGOTIATED else {
    TLSSession.running(ssl)?.note(.noApplicationProtocol)
    return SSL_TLSEXT_ERR_ALERT_FATAL
  }
  return SSL_TLSEXT_ERR_OK
}

/// Adds to OpenSSL's verification the URI that a client expects, and keeps the reason of a refusal.
func noteRejection(accepted: Int32, store: OpaquePointer?) -> Int32 {
  // Both are always there; without them nothing could be checked, so nothing is accepted.
  guard let session = TLSSession.running(copenssl_verified_session(store)),
    let certificate = X509_STORE_CTX_get_current_cert(store)
  else { return 0 }
  let subject = TLSPeer.commonName(of: certificate)
  guard accepted == 1 else {
    let code = X509_STORE_CTX_get_error(store)
    let reason = String(cString: X509_verify_cert_error_string(Int(code)))
    session.note(.certificateRejected(reason: reason, subject: subject))
    return 0
  }
  guard let wanted = session.expectedURI, X509_STORE_CTX_get_error_depth(store) == 0 else {
    return 1
  }
  let uris = TLSPeer.uriNames(of: certificate)
  guard uris == [wanted] else {
    let reason = "certificate is for \(uris), not for \(wanted)"
    session.note(.certificateRejected(reason: reason, subject: subject))
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION)
    return 0
  }
  return 1
}
