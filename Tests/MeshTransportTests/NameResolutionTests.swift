import MeshIO
import Testing

@testable import MeshTransport

@Suite("The addresses of a name")
struct NameResolutionTests {
  @Test(
    "are tried with both families in turn, beginning with the best one's",
    arguments: [
      ([], []), (["1.1.1.1", "1.1.1.2"], ["1.1.1.1", "1.1.1.2"]), (["::1"], ["::1"]),
      (["::1", "::2", "::3", "1.1.1.1"], ["::1", "1.1.1.1", "::2", "::3"]),
      (["1.1.1.1", "1.1.1.2", "::1", "::2", "::3"], ["1.1.1.1", "::1", "1.1.1.2", "::2", "::3"]),
    ] as [([String], [String])])
  func families(found: [String], tried: [String]) throws {
    let addresses = try found.map { try #require(SocketAddress(literal: $0, port: 1)) }
    let expected = try tried.map { try #require(SocketAddress(literal: $0, port: 1)) }
    #expect(addresses.familiesInTurn == expected)
  }
}
