import Glibc

/// protoc's plugin for Swift messages, services, clients and the policy table.
///
/// protoc runs it and speaks to it over standard input and output. With `--messages-only` it is a
/// filter in front of protoc-c's plugin instead: see ``ServiceStripper``.
@main
enum Main {
  static func main() {
    let input = readAll()
    do throws(GenerationError) {
      if CommandLine.arguments.dropFirst().first == "--messages-only" {
        write(try ServiceStripper.strip(input))
      } else {
        write(Response.encode(try Generator(RequestReader.read(input)).run()))
      }
    } catch {
      write(Response.encode(error))
    }
  }

  private static func readAll() -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(STDIN_FILENO, &chunk, chunk.count)
      guard count > 0 else { return bytes }
      bytes += chunk[..<count]
    }
  }

  private static func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      guard count > 0 else { exit(1) }
      rest = rest.dropFirst(count)
    }
  }
}
