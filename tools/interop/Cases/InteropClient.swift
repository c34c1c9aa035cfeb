import MeshIO
import MeshRPC
import MeshTLS
import MeshTransport

/// What the program `interop-client` does: runs one test case against a server.
package enum InteropClient {
  private static let flags: Set<String> = [
    "server_host", "server_port", "server_host_override", "test_case", "use_tls", "use_test_ca",
    "ca_file", "soak_iterations", "soak_max_failures", "soak_overall_timeout_seconds",
    "soak_per_iteration_max_acceptable_latency_ms", "soak_min_time_ms_between_rpcs",
  ]

  /// Runs the case that the arguments name; answers why it failed, nil when it passed.
  package static func run(_ arguments: [String]) async -> String? {
    do {
      let flags = try Flags(arguments, known: flags)
      let name = try flags.required("test_case")
      let loops = try EventLoopGroup(count: 1, name: "interop")
      try loops.start()
      let config = try config(flags)
      let run = CaseRun(soak: try soak(flags)) {
        TransportChannel(config, loops: loops.loops)
      }
      if let test = InteropCase(rawValue: name) {
        try await run.run(test)
      } else if let test = MisbehaviourCase(rawValue: name) {
        try await run.run(test)
      } else {
        let names = InteropCase.allCases.map(\.rawValue) + MisbehaviourCase.allCases.map(\.rawValue)
        return "there is no case \(name); there are \(names.joined(separator: " "))"
      }
      print("\(name) passed")
      return nil
    } catch {
      return "\(error)"
    }
  }

  private static func config(_ flags: Flags) throws -> ChannelConfig {
    let host = flags.text("server_host") ?? "localhost"
    guard let port = UInt16(exactly: try flags.number("server_port", or: 0)), port > 0 else {
      throw Flags.Fault(description: "--server_port is 1 to 65535")
    }
    var tls: TLSContext?
    if flags.isOn("use_tls") {
      let trust: TLSTrust =
        flags.isOn("use_test_ca") ? .only(.file(try flags.required("ca_file"))) : .system
      tls = try TLSContext(TLSConfiguration(role: .client(trust: trust, identity: nil)))
    }
    var config = ChannelConfig(
      target: .dns(host: host, port: port), tls: tls,
      serverName: flags.text("server_host_override") ?? host)
    config.balancing = .pickFirst()
    return config
  }

  private static func soak(_ flags: Flags) throws(Flags.Fault) -> Soak {
    let iterations = try flags.number("soak_iterations", or: 10)
    let latency = try flags.number("soak_per_iteration_max_acceptable_latency_ms", or: 1000)
    let overall = try flags.number("soak_overall_timeout_seconds", or: iterations)
    return Soak(
      iterations: iterations, failures: try flags.number("soak_max_failures", or: 0),
      latency: .milliseconds(latency), timeout: .seconds(overall),
      pause: .milliseconds(try flags.number("soak_min_time_ms_between_rpcs", or: 0)))
  }
}
