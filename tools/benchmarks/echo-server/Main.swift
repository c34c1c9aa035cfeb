import Glibc
import MeshIO
import MeshKit
import MeshTransport

/// Serves `tools/benchmarks/echo.proto` and health on one loop until SIGTERM, then drains.
///
/// It is what `tools/bench rpc` measures, and what the conformance tests try HTTP/2 on.
@main
enum Main {
  /// How long clients may take to see that health has turned, and their calls to end.
  private static let (propagation, grace) = (Duration.milliseconds(200), Duration.seconds(10))

  static func main() throws {
    guard let options = EchoOptions(Array(CommandLine.arguments.dropFirst())) else {
      print(EchoOptions.usage, terminator: "")
      exit(2)
    }
    let loop = try EventLoop(name: "echo")
    let serving = Task(executorPreference: loop) {
      await serve(options, on: loop)
      loop.stop()
    }
    loop.run()
    serving.cancel()
  }

  private static func serve(_ options: EchoOptions, on loop: EventLoop) async {
    let health = Health()
    var router = EchoService.router(fails: options.fails)
    HealthService(health, services: ["tenantry.bench.v1.Echo"]).register(on: &router)
    let server: Server
    do {
      server = Server(try options.config(), loops: [loop], router: router)
      _ = try await server.start()
      _ = try await StopSignal.wait(on: loop)
    } catch {
      return print("cannot serve on \(options.address): \(error)")
    }
    await Drain(health: health, servers: [server], propagation: propagation, grace: grace)
      .run(on: loop)
  }
}
