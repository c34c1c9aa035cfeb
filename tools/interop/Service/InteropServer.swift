import MeshIO
import MeshRPC
import MeshTLS
import MeshTransport

/// What the program `interop-server` does: serves the test service until it is killed.
package enum InteropServer {
  private static let flags: Set<String> = [
    "port", "use_tls", "tls_cert_file", "tls_key_file",
  ]

  /// Serves on all addresses as the arguments say; returns when it cannot, with the reason.
  package static func run(_ arguments: [String]) -> String {
    do {
      let flags = try Flags(arguments, known: flags)
      let port = try flags.number("port", or: 0)
      guard let port = UInt16(exactly: port) else { return "--port is at most 65535" }
      return try serve(try SocketAddress(parsing: "0.0.0.0:\(port)"), tls: tls(flags))
    } catch {
      return "\(error)"
    }
  }

  private static func tls(_ flags: Flags) throws -> TLSContext? {
    guard flags.isOn("use_tls") else { return nil }
    let identity = TLSIdentity(
      chain: .file(try flags.required("tls_cert_file")),
      privateKey: .file(try flags.required("tls_key_file")))
    return try TLSContext(TLSConfiguration(role: .server(identity: identity, clients: .none)))
  }

  private static func serve(_ address: SocketAddress, tls: TLSContext?) throws -> String {
    let loop = try EventLoop(name: "interop")
    let config = ServerConfig(endpoints: [.init(address, tls: tls)])
    let server = Server(config, loops: [loop], router: TestService.router())
    let starting = Task(executorPreference: loop) {
      do {
        let bound = try await server.start()
        print("serving on \(bound[0])")
      } catch {
        print("cannot listen on \(address): \(error)")
        loop.stop()
      }
    }
    loop.run()
    starting.cancel()
    return "the server has stopped"
  }
}
