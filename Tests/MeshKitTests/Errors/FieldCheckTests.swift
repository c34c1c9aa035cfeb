import MeshRPC
import Testing

@testable import MeshKit

@Suite("A field check")
struct FieldCheckTests {
  @Test("collects every fault of a request in one answer")
  func collects() {
    var fields = FieldCheck()
    _ = fields.uuid("nope", "app_id")
    _ = fields.text("", "reason", 1...500)
    _ = fields.text(String(repeating: "é", count: 81), "display_name", 1...80)
    _ = fields.text("a\u{1B}[31m", "name", 1...80)
    let error = #expect(throws: RPCError.self) { try fields.finish() }
    #expect(error?.code == .invalidArgument)
    #expect(
      error?.message
        == "app_id is not a UUID: \"nope\"; reason is required; "
        + "display_name is 81 characters; the limit is 80; name has a control character")
    #expect(error?.details.isEmpty == false)
  }

  @Test("answers the values of a good request")
  func accepts() throws {
    var fields = FieldCheck()
    let id = fields.uuid("0190A3C2-7B1E-7CC3-98C4-DC0C0C07398F", "app_id")
    #expect(id == "0190a3c2-7b1e-7cc3-98c4-dc0c0c07398f")
    #expect(fields.text("  Globex ", "display_name", 1...80) == "Globex")
    #expect(fields.optionalUUID("", "reseller_id") == nil)
    try fields.finish()
  }
}
