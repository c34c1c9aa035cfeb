import Glibc

/// The program `tenantry`: one run of it is one command.
@main
struct Main {
  static func main() async {
    let program = Program(world: .process())
    let code = await program.run(Array(CommandLine.arguments.dropFirst()))
    // Without the C library's exit handlers: OpenSSL's would clean up under the feet of the loop,
    // which still runs. Nothing that was written waits in a buffer.
    _exit(code.rawValue)
  }
}
