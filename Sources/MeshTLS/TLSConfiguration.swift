/// What a `TLSContext` is made from: which side it plays, what it presents and whom it trusts.
///
/// Fixed for every context: TLS 1.2 or later, ciphers that RFC 9113 section 9.2.2 allows, no
/// renegotiation, no compression, no early data, and an application protocol agreed by ALPN.
package struct TLSConfiguration: Sendable {
  /// The side that a context plays.
  package enum Role: Sendable {
    /// Presents `identity` and treats clients' certificates as `clients` says.
    case server(identity: TLSIdentity, clients: ClientCertificates)
    /// Verifies servers against `trust` and presents `identity` when it has one.
    case client(trust: TLSTrust, identity: TLSIdentity?)
  }

  /// What a server wants of its clients' certificates.
  package enum ClientCertificates: Sendable {
    /// Does not ask for one.
    case none
    /// Asks for one and refuses one that `TLSTrust` does not cover, but accepts none at all.
    case optional(TLSTrust)
    /// Refuses a client without a certificate that `TLSTrust` covers.
    case required(TLSTrust)
  }

  /// The side and its certificates.
  package let role: Role
  /// The protocols to agree on by ALPN, best first; a handshake that agrees on none of them fails.
  package let applicationProtocols: [String]

  /// Describes a context; there is at least one protocol, each of 1 to 255 bytes.
  package init(role: Role, applicationProtocols: [String] = ["h2"]) {
    precondition(!applicationProtocols.isEmpty, "an application protocol is always agreed on")
    precondition(applicationProtocols.allSatisfy { (1...255).contains($0.utf8.count) })
    self.role = role
    self.applicationProtocols = applicationProtocols
  }

  /// The paths of the files that a context is made from.
  package var files: [String] {
    let identity: TLSIdentity?
    let trust: TLSTrust?
    switch role {
    case .server(let own, .none): (identity, trust) = (own, nil)
    case .server(let own, .optional(let clients)), .server(let own, .required(let clients)):
      (identity, trust) = (own, clients)
    case .client(let servers, let own): (identity, trust) = (own, servers)
    }
    var sources: [PEMSource] = []
    if let identity { sources += [identity.chain, identity.privateKey] }
    if case .only(let bundle) = trust { sources.append(bundle) }
    return sources.compactMap { if case .file(let path) = $0 { path } else { nil } }
  }
}

/// Where PEM text comes from.
package enum PEMSource: Sendable, Hashable, CustomStringConvertible {
  /// A file, read again at each reload.
  case file(String)
  /// Text that is at hand already.
  case text(String)

  /// The path, or "inline PEM"; never the text, which may be a key.
  package var description: String {
    switch self {
    case .file(let path): path
    case .text: "inline PEM"
    }
  }
}

/// What one side presents to prove who it is.
package struct TLSIdentity: Sendable, Hashable {
  /// The certificate, followed by those of intermediate authorities.
  package let chain: PEMSource
  /// The certificate's private key, not encrypted.
  package let privateKey: PEMSource

  /// Pairs a certificate chain with its key.
  package init(chain: PEMSource, privateKey: PEMSource) {
    self.chain = chain
    self.privateKey = privateKey
  }
}

/// The authorities whose certificates are believed.
package enum TLSTrust: Sendable, Hashable {
  /// Those that the operating system lists.
  case system
  /// Those in a PEM bundle, and no others.
  case only(PEMSource)
}
