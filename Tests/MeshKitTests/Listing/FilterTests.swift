import MeshRPC
import Testing

@testable import MeshKit

@Suite("A filter")
struct FilterTests {
  private static let fields: [FilterField] = [
    .enumeration(
      "state", column: "t.state", values: ["ACTIVE": "active", "SUSPENDED": "suspended"]),
    .text("region", column: "t.region"), .boolean("sandbox", column: "t.sandbox"),
    .timestamp("created_at", column: "t.created_at"), .uuid("app_id", column: "t.app_id"),
  ]

  private func sql(_ text: String) throws -> String {
    try Filter(text, fields: Self.fields).sql.statement
  }

  @Test(
    "becomes a condition with every value as a parameter",
    arguments: [
      ("", "TRUE"),
      ("region = eu-west-1", #"(t.region = $1)"#),
      ("state = ACTIVE AND sandbox = true", #"(t.state = $1) AND (t.sandbox = $2)"#),
      ("region : \"west\"", #"(t.region ILIKE $1)"#),
      ("NOT region = a", #"(NOT (t.region = $1))"#),
      ("-region = a", #"(NOT (t.region = $1))"#),
      ("created_at >= \"2026-01-01T00:00:00Z\"", #"(t.created_at >= $1)"#),
    ])
  func conditions(text: String, expected: String) throws {
    #expect(try sql(text) == expected)
  }

  @Test("binds OR tighter than AND, as AIP-160 does")
  func precedence() throws {
    #expect(
      try sql("region = a AND region = b OR region = c")
        == #"(t.region = $1) AND (t.region = $2 OR t.region = $3)"#)
  }

  @Test("takes quotes, comments and semicolons as what they are: text")
  func injection() throws {
    #expect(try sql(#"region = "'; DROP TABLE tenant.tenant; --""#) == #"(t.region = $1)"#)
  }

  @Test(
    "that is wrong is refused with the reason",
    arguments: [
      (
        "colour = red",
        "there is no field colour; the fields are app_id, created_at, region, sandbox, state"
      ),
      ("state = DEAD", "state takes one of ACTIVE, SUSPENDED"),
      ("state < ACTIVE", "state takes = and != only"),
      ("sandbox = maybe", "sandbox takes true or false"),
      ("created_at > yesterday", "created_at takes a time such as 2026-01-31T00:00:00Z"),
      ("app_id = 12", "app_id takes a UUID"),
      ("region", "region needs a comparison: = != < <= > >= or :"),
      ("region =", "region is compared with nothing"), ("(region = a", "a ) is missing"),
      ("region = a region = b", "an AND or OR is missing"),
      ("region = \"a", "a closing \" is missing"),
      ("region = a AND", "a field name is missing"), ("region = a; x", "; has no meaning here"),
    ])
  func refused(text: String, rule: String) {
    let error = #expect(throws: RPCError.self) { try sql(text) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message == "filter: \(rule)")
  }

  @Test("is limited in terms, nesting and length")
  func limits() {
    let terms = Array(repeating: "region = a", count: 21).joined(separator: " AND ")
    let nested =
      String(repeating: "(", count: 12) + "region = a" + String(repeating: ")", count: 12)
    for text in [terms, nested, "region = \"\(String(repeating: "x", count: 4096))\""] {
      #expect(throws: RPCError.self) { try sql(text) }
    }
  }
}
