import MeshIO
import MeshRPC
import MeshTLS
import MeshTransport

/// Reads the addresses of settings and fits them with the mesh's TLS.
enum MeshAddresses {
  /// Addresses separated by commas.
  static func parse(_ text: String) throws -> [SocketAddress] {
    let addresses = try text.split(separator: ",").map {
      try SocketAddress(parsing: String($0.trimmingSpace))
    }
    guard !addresses.isEmpty else {
      throw SettingsError.malformed(name: "address", rule: "names no address")
    }
    return addresses
  }

  /// TLS for TCP addresses; unix sockets stay as they are, the file system guards them.
  ///
  /// Names may come to stand for TCP addresses at any time, so they need TLS, but for names of the
  /// mesh in a process that has no certificate: such a mesh is on one machine.
  static func clientTLS(
    _ settings: Settings, for target: Target, _ certificates: Certificates
  ) throws -> TLSContext? {
    let isNeeded: Bool
    switch target {
    case .dns: isNeeded = true
    case .mesh: isNeeded = try !settings[ProcessSettings.certificate].isEmpty
    case .addresses(let addresses):
      isNeeded = addresses.contains { if case .ip = $0 { true } else { false } }
    }
    guard isNeeded else { return nil }
    return try certificates.context(
      TLSConfiguration(role: .client(trust: try trust(settings), identity: try identity(settings))))
  }

  /// TLS for TCP listeners between services: the client must show a certificate.
  static func serverTLS(
    _ settings: Settings, for addresses: [SocketAddress], _ certificates: Certificates
  ) throws -> TLSContext? {
    guard addresses.contains(where: { $0.port != nil }) else { return nil }
    return try certificates.context(
      TLSConfiguration(
        role: .server(
          identity: try identity(settings), clients: .required(try trust(settings)))))
  }

  /// The SPIFFE ID that `service` must show; nil where the mesh has no trust domain.
  static func identity(of service: String, _ settings: Settings) throws -> String? {
    let domain = try settings[ProcessSettings.trustDomain]
    return domain.isEmpty ? nil : "spiffe://\(domain)/\(service)"
  }

  private static func identity(_ settings: Settings) throws -> TLSIdentity {
    TLSIdentity(
      chain: .file(try settings[ProcessSettings.certificate]),
      privateKey: .file(try settings[ProcessSettings.privateKey]))
  }

  private static func trust(_ settings: Settings) throws -> TLSTrust {
    .only(.file(try settings[ProcessSettings.authority]))
  }
}
