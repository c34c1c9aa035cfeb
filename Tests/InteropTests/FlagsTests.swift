import Interop
import Testing

@Suite("Flags")
struct FlagsTests {
  private static let known: Set<String> = ["port", "use_tls", "test_case"]

  @Test(
    "have their value behind a = or in the next word",
    arguments: [
      ["--port=80", "--use_tls=true"], ["--port", "80", "--use_tls", "true"],
      ["--use_tls", "--port", "80"], ["--port=80", "--use_tls"],
    ])
  func values(arguments: [String]) throws {
    let flags = try Flags(arguments, known: Self.known)
    #expect(try flags.number("port", or: 0) == 80)
    #expect(flags.isOn("use_tls"))
    #expect(flags.text("test_case") == nil)
  }

  @Test(
    "that are wrong are refused", arguments: [["--nope"], ["port=80"], ["--port", "80", "more"]])
  func refused(arguments: [String]) {
    #expect(throws: Flags.Fault.self) { try Flags(arguments, known: Self.known) }
  }

  @Test("are off when they say false, and numbers are numbers")
  func kinds() throws {
    let flags = try Flags(["--use_tls=false", "--port=many"], known: Self.known)
    #expect(!flags.isOn("use_tls"))
    #expect(throws: Flags.Fault.self) { try flags.number("port", or: 0) }
    #expect(throws: Flags.Fault.self) { try flags.required("test_case") }
  }
}
