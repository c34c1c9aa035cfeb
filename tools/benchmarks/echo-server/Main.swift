import MeshIO
import MeshTransport

/// Serves `tools/benchmarks/echo.proto` on one loop until it is killed: what `tools/bench rpc`
/// measures.
@main
enum Main {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else {
      print("usage: bench-echo <address>, for example 127.0.0.1:50051")
      return
    }
    let address = try SocketAddress(parsing: CommandLine.arguments[1])
    let loop = try EventLoop(name: "echo")
    let server = Server(
      ServerConfig(endpoints: [.init(address)]), loops: [loop], router: EchoService.router())
    let starting = Task(executorPreference: loop) {
      do {
        _ = try await server.start()
      } catch {
        print("cannot listen on \(address): \(error)")
        loop.stop()
      }
    }
    loop.run()
    starting.cancel()
  }
}
