import COpenSSL

/// Who is at the other end, from its verified certificate.
package struct TLSPeer: Sendable, Hashable {
  /// The subject's common name, for people; empty if the certificate has none.
  package let commonName: String
  /// The URIs among the subject alternative names.
  package let uriNames: [String]
  /// The SHA-256 of the whole certificate: 32 bytes.
  package let fingerprint: [UInt8]
  /// The last second of the certificate's validity, in Unix time.
  package let notAfter: Int64

  /// The workload's SPIFFE ID, such as `spiffe://tenantry/edge`; nil if it is absent, ambiguous or
  /// not spelt as the standard wants.
  ///
  /// X.509-SVID section 2: a certificate with more than one URI has no identity at all.
  package var spiffeID: SPIFFEID? {
    uriNames.count == 1 ? SPIFFEID(uriNames[0]) : nil
  }

  /// Reads a certificate, which stays its owner's.
  init(certificate: OpaquePointer) {
    commonName = Self.commonName(of: certificate)
    uriNames = Self.uriNames(of: certificate)
    fingerprint = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) {
      var count: UInt32 = 0
      X509_digest(certificate, EVP_sha256(), $0.baseAddress, &count)
      $1 = Int(count)
    }
    notAfter = Self.seconds(X509_get0_notAfter(certificate))
  }

  /// The subject's last common name; empty if there is none.
  static func commonName(of certificate: OpaquePointer) -> String {
    let name = X509_get_subject_name(certificate)
    let index = X509_NAME_get_index_by_NID(name, NID_commonName, -1)
    guard index >= 0, let entry = X509_NAME_get_entry(name, index) else { return "" }
    return text(X509_NAME_ENTRY_get_data(entry))
  }

  /// The URIs among the subject alternative names, in their order.
  static func uriNames(of certificate: OpaquePointer) -> [String] {
    guard let names = copenssl_alternative_names(certificate) else { return [] }
    defer { GENERAL_NAMES_free(names) }
    var uris: [String] = []
    for index in 0..<copenssl_names_count(names) {
      var type: Int32 = 0
      let value = GENERAL_NAME_get0_value(copenssl_name_at(names, index), &type)
      guard type == GEN_URI, let value else { continue }
      uris.append(text(value.assumingMemoryBound(to: ASN1_STRING.self)))
    }
    return uris
  }

  /// A time in a certificate as Unix seconds.
  static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
    let epoch = ASN1_TIME_set(nil, 0)
    defer { ASN1_TIME_free(epoch) }
    var days: Int32 = 0
    var seconds: Int32 = 0
    ASN1_TIME_diff(&days, &seconds, epoch, time)
    return Int64(days) * 86_400 + Int64(seconds)
  }

  // By length, not up to a zero byte: "spiffe://a\0b" must not read as "spiffe://a".
  private static func text(_ string: UnsafePointer<ASN1_STRING>?) -> String {
    let bytes = UnsafeBufferPointer(
      start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string)))
    return String(decoding: bytes, as: UTF8.self)
  }
}
