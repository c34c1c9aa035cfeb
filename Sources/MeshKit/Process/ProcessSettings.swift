import MeshIO
import MeshRPC
import MeshTLS

/// The knobs that every process has.
package enum ProcessSettings {
  /// Where the process listens for the mesh.
  package static let listen = Setting<String>(
    "listen", default: nil,
    why: "addresses to serve on, separated by commas: unix:/path, 127.0.0.1:8443 or [::1]:8443")
  /// Whether the mesh may ask what is served.
  package static let reflection = Setting(
    "reflection", default: true,
    why: "gRPC server reflection for the mesh, as grpcurl uses it; the edge's planes never have it")
  /// Whether the mesh may look into the process's servers and channels.
  package static let channelz = Setting(
    "channelz", default: true,
    why: "grpc.channelz.v1 for the mesh: servers, channels and connections with their counters; "
      + "the edge's planes never have it")
  /// How the service's own role connects.
  package static let databaseURL = Setting<String>(
    "database-url", default: nil, why: "libpq connection string of the service's own role",
    isSecret: true, variable: "DATABASE_URL")
  /// How the schema's owner connects; only `migrate` uses it.
  package static let databaseOwnerURL = Setting<String>(
    "database-owner-url", default: nil,
    why: "libpq connection string of the schema's owner; only `migrate` uses it", isSecret: true,
    variable: "DATABASE_OWNER_URL")
  /// Event loops, each with a thread, a listener and connections of its own.
  package static let loops = Setting(
    "loops", default: 1, in: 1...256, unit: "threads",
    why: "one loop serves many thousand calls per second; add loops when a core is full")
  /// The least important lines that are written.
  package static let logLevel = Setting(
    "log-level", default: "info", why: "debug, info, warning or error"
  ) { text in
    Log.Level.allCases.contains { $0.name == text } ? nil : "must be debug, info, warning or error"
  }
  /// What may call between services beside the processes on this machine.
  package static let trustedPeers = Setting(
    "trusted-peers", default: "",
    why: "certificate names that may call over TCP, and what: spiffe://mesh/edge, spiffe://mesh/x "
      + "pkg.Service/Method pkg.Other/* pkg.v1.*; who is not listed may call nothing"
  ) { text in
    do throws(PeerRuleError) {
      _ = try PeerRules(parsing: text)
      return nil
    } catch {
      return "\(error)"
    }
  }
  /// Whose certificates neighbours must have.
  package static let trustDomain = Setting(
    "trust-domain", default: "",
    why:
      "SPIFFE trust domain of the mesh: over TCP, <service> must show spiffe://<domain>/<service>"
      + "; empty: a certificate for the DNS name <service>"
  ) { text in
    text.isEmpty || SPIFFEID.isTrustDomain(text)
      ? nil : "must be lower case letters, digits, '.', '-' and '_'"
  }
  /// The public keys of the edges.
  package static let callerKeys = Setting<String>(
    "caller-keys", default: nil,
    why: "PEM files of the edges' public keys, separated by commas; they sign who calls")
  /// TLS for TCP listeners and channels.
  package static let certificate = Setting(
    "tls-certificate", default: "", why: "PEM file with the certificate chain, for TCP addresses")
  /// The key of the certificate.
  package static let privateKey = Setting(
    "tls-key", default: "", why: "PEM file with the certificate's private key")
  /// Whom the mesh's certificates are signed by.
  package static let authority = Setting(
    "tls-ca", default: "", why: "PEM file with the certificate authority of the mesh")
  /// How calls to other services are made, beyond what the contract says.
  package static let serviceConfig = Setting(
    "service-config", default: "",
    why: "gRPC service config in JSON for this process's calls: time-outs, limits, retries and "
      + "hedging, method by method; empty: the retries that the contract allows"
  ) { text in
    guard !text.isEmpty else { return nil }
    do throws(ServiceConfigError) {
      _ = try PolicyRetries.config(refined: try ServiceConfigReader.read(text))
      return nil
    } catch {
      return "\(error)"
    }
  }
  /// How long health says NOT_SERVING before connections are told to go.
  package static let drainDelay = Setting(
    "drain-delay", default: Duration.milliseconds(500), in: .zero...(.seconds(60)),
    why: "after SIGTERM, health says NOT_SERVING so long before anything else ends; a watcher"
      + " hears of it at once, one that polls needs its period")
  /// How long open calls may take at the end.
  package static let drainGrace = Setting(
    "drain-grace", default: Duration.seconds(10), in: .zero...(.seconds(3600)),
    why: "after SIGTERM, open calls get this long; most end in milliseconds")
  /// How long the ledger may be silent.
  package static let ledgerBound = Setting(
    "ledger-bound", default: Duration.seconds(5), in: .seconds(2)...(.seconds(60)),
    why: "privileged methods are refused when the audit ledger was silent for longer")
  /// Connections that one task at a time owns.
  package static let databaseConnections = Setting(
    "database-connections", default: 8, in: 2...200, unit: "per loop",
    why: "enough to keep PostgreSQL busy from one loop; each costs it a process")

  /// The address setting of a service that this one calls, `<service>-address`.
  package static func address(of service: String) -> Setting<String> {
    Setting(
      "\(service)-address", default: nil,
      why: "where \(service) is: unix:/path, addresses separated by commas, dns:host:port or "
        + "mesh:name"
    ) { text in
      do throws(NamingError) {
        _ = try Target(parsing: text)
        return nil
      } catch {
        return "\(error)"
      }
    }
  }

  /// What the mesh's own names stand for at the start.
  package static let meshNames = Setting(
    "mesh-names", default: "",
    why: "where mesh:name leads: name=version*weight@address|address,…;name=…"
  ) { text in
    do throws(NamingError) {
      _ = try NameTable(parsing: text)
      return nil
    } catch {
      return "\(error)"
    }
  }

  static let all: [SettingDeclaration] = [
    listen.declaration, loops.declaration, logLevel.declaration, trustedPeers.declaration,
    trustDomain.declaration, callerKeys.declaration, certificate.declaration,
    privateKey.declaration, authority.declaration, drainDelay.declaration,
    drainGrace.declaration, meshNames.declaration, reflection.declaration,
    channelz.declaration,
    serviceConfig.declaration,
  ]

  static let database: [SettingDeclaration] = [
    databaseURL.declaration, databaseOwnerURL.declaration, databaseConnections.declaration,
    ledgerBound.declaration,
  ]
}
