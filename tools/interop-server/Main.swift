import Foundation
import Interop

/// The program `interop-server`: gRPC's interop test service on our runtime.
@main
enum Main {
  static func main() {
    let reason = InteropServer.run(Array(CommandLine.arguments.dropFirst()))
    FileHandle.standardError.write(Data("interop-server: \(reason)\n".utf8))
    exit(1)
  }
}
