import Foundation
import Interop

/// The program `interop-client`: one of gRPC's interop test cases against any server.
@main
enum Main {
  static func main() async {
    let failure = await InteropClient.run(Array(CommandLine.arguments.dropFirst()))
    if let failure { FileHandle.standardError.write(Data("interop-client: \(failure)\n".utf8)) }
    // Without the C library's exit handlers, for the loop still runs.
    fflush(nil)
    _exit(failure == nil ? 0 : 1)
  }
}
