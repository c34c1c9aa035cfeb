import Glibc
import MeshProto
import TestMessages

/// Tells tests that are not in Swift what our runtime makes of the messages of `Tests/Protos`.
///
/// Standard input is a sequence of questions and standard output one of answers, in their order.
/// All are behind their length, four bytes with the most significant first. A question is an
/// operation, the length of a type's name in one byte, the name, and the body. An answer is `+` and
/// the result, or `-` and the error.
@main
enum Main {
  static func main() {
    var input = readAll()[...]
    var output: [UInt8] = []
    while let question = takeFrame(&input) {
      let answer = answer(question)
      let length = UInt32(answer.count)
      output += (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
      output += answer
    }
    writeAll(output)
  }

  private static func answer(_ question: ArraySlice<UInt8>) -> [UInt8] {
    do throws(ProtoError) {
      return [UInt8(ascii: "+")] + (try Question(question).answer())
    } catch {
      return [UInt8(ascii: "-")] + Array("\(error)".utf8)
    }
  }

  private static func takeFrame(_ input: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard input.count >= 4 else { return nil }
    let length = input.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    input.removeFirst(4)
    precondition(input.count >= length, "a question is cut short")
    defer { input.removeFirst(length) }
    return input.prefix(length)
  }

  private static func readAll() -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(STDIN_FILENO, &chunk, chunk.count)
      guard count > 0 else { return bytes }
      bytes += chunk[..<count]
    }
  }

  private static func writeAll(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      precondition(count > 0, "nobody reads the answers")
      rest = rest.dropFirst(count)
    }
  }
}
