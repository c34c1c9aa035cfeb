import MeshRPC
import Testing

@testable import MeshKit

@Suite("Paging")
struct PagingTests {
  private func page(
    _ size: Int32 = 0, _ token: String = "", list: String = "tenants", filter: String = ""
  ) throws -> Paging.Page {
    try Paging.page(size: size, token: token, list: list, parameters: [filter], keyParts: 2)
  }

  @Test("starts with 50 rows from the front")
  func standard() throws {
    let page = try page()
    #expect(page.limit == 50)
    #expect(page.after == nil)
    #expect(page.next(after: nil) == "")
  }

  @Test("goes on behind the last row, whatever its key is made of")
  func continues() throws {
    let token = try page(2).next(after: ["2026-01-01T00:00:00Z", "ünï 'quoted' \"x\""])
    #expect(try page(2, token).after == ["2026-01-01T00:00:00Z", "ünï 'quoted' \"x\""])
  }

  @Test(
    "names the rule that a size breaks",
    arguments: [
      (Int32(-1), "page_size is negative"), (1001, "page_size is 1001; the limit is 1000"),
    ])
  func sizes(size: Int32, message: String) {
    let error = #expect(throws: RPCError.self) { try page(size) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message == message)
  }

  @Test("refuses a token of another list or other parameters")
  func foreignToken() throws {
    let token = try page().next(after: ["a", "b"])
    for foreign in [{ try page(0, token, list: "apps") }, { try page(0, token, filter: "x = 1") }] {
      let error = #expect(throws: RPCError.self) { try foreign() }
      #expect(error?.message == "page_token belongs to another list or other parameters")
    }
  }

  @Test(
    "refuses what is no token",
    arguments: ["x", "!!!!", "AAAA", String(repeating: "A", count: 5000)])
  func malformed(token: String) {
    let error = #expect(throws: RPCError.self) { try page(0, token) }
    #expect(error?.code == .invalidArgument)
  }
}
