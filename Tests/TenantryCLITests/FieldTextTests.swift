import MeshAPI
import MeshProto
import Testing

@testable import TenantryCLI

@Suite("What a person writes for a field")
struct FieldTextTests {
  private func json(_ text: String, _ name: String, of type: MessageDescriptor) throws -> String {
    let field = try #require(type.field(named: name))
    return try FieldText.json(text, for: Parameter(field, of: type))
  }

  private func refusal(_ text: String, _ name: String, of type: MessageDescriptor) -> String? {
    do {
      _ = try json(text, name, of: type)
      return nil
    } catch {
      return (error as? Failure)?.message
    }
  }

  @Test(
    "enum values are short, in any case, or in full",
    arguments: ["s", "S", "tier_s", "TIER_S", "tier-s"])
  func enums(_ text: String) throws {
    #expect(try json(text, "tier", of: TenantsV1.CreateTenantRequest.descriptor) == "\"TIER_S\"")
  }

  @Test("an unknown enum value is answered with the known ones")
  func unknownEnum() {
    #expect(
      refusal("XL", "tier", of: TenantsV1.CreateTenantRequest.descriptor)
        == "--tier takes one of S, P, G, not \"XL\"")
    #expect(
      refusal("cheating", "cause", of: TenantsV1.SuspendTenantRequest.descriptor)
        == "--cause takes one of other, chargeback-abuse, illegal-use, unpaid-invoices, "
        + "breach-hold, not \"cheating\"")
  }

  @Test(
    "lengths of time have units",
    arguments: [
      ("30d", "\"2592000s\""), ("12h", "\"43200s\""), ("1h30m", "\"5400s\""),
      ("2w", "\"1209600s\""),
      ("90s", "\"90s\""), ("250ms", "\"0.250s\""), ("1s5ms", "\"1.005s\""),
    ])
  func durations(_ text: String, _ expected: String) throws {
    let type = TenantsV1.OffboardTenantRequest.descriptor
    #expect(try json(text, "grace", of: type) == expected)
  }

  @Test(
    "no other text is a length of time",
    arguments: ["", "30", "d", "1x", "-1d", "1 d", "99999999999w"])
  func badDurations(_ text: String) {
    #expect(
      refusal(text, "grace", of: TenantsV1.OffboardTenantRequest.descriptor)
        == "--grace takes a length of time such as 30d, 12h or 1h30m, not \"\(text)\"")
  }

  @Test("a length of time is shown in its two largest units")
  func durationText() {
    #expect(DurationText.text(seconds: 2_592_000) == "30d")
    #expect(DurationText.text(seconds: 5400) == "1h30m")
    #expect(DurationText.text(seconds: 90_061) == "1d1h")
    #expect(DurationText.text(seconds: 0) == "0s")
  }

  @Test("times are RFC 3339")
  func times() throws {
    let type = IdentityV1.SignInResponse.descriptor
    #expect(
      try json("2026-11-20T11:00:00+01:00", "expires_at", of: type)
        == "\"2026-11-20T11:00:00+01:00\"")
    #expect(refusal("yesterday", "expires_at", of: type)?.contains("RFC 3339") == true)
  }

  @Test("numbers stay within their type")
  func numbers() throws {
    #expect(try json("7", "index", of: PoolsV1.GetPoolRequest.descriptor) == "7")
    #expect(
      refusal("3000000000", "index", of: PoolsV1.GetPoolRequest.descriptor)?
        .contains("a whole number from -2147483648 to 2147483647") == true)
  }

  @Test("texts keep every character")
  func texts() throws {
    let text = "\"\\\n\t\u{1}é😀"
    var draft = RequestDraft(TenantsV1.CreateAppRequest.descriptor)
    let name = try #require(draft.type.field(named: "name"))
    try draft.set(name, text: text)
    #expect(try TenantsV1.CreateAppRequest(bytes: draft.encoded).name == text)
  }

  @Test("what is given later wins over a file, defaults included")
  func merging() throws {
    var draft = RequestDraft(TenantsV1.CreateTenantRequest.descriptor)
    try draft.merge(
      json: Array(#"{"displayName": "Old", "sandbox": true, "tier": "TIER_G"}"#.utf8), from: "-")
    for (name, text) in [("display_name", "New"), ("sandbox", "false")] {
      let field = try #require(draft.type.field(named: name))
      try draft.set(Parameter(field, of: draft.type), [text])
    }
    let request = try TenantsV1.CreateTenantRequest(bytes: draft.encoded)
    #expect(request == .init(displayName: "New", tier: .g))
  }

  @Test("a file that is no such request is refused with the place of the fault")
  func badFile() {
    var draft = RequestDraft(TenantsV1.CreateTenantRequest.descriptor)
    #expect(throws: Failure.usage("t.json: nam: unknown field")) {
      try draft.merge(json: Array(#"{"nam": 1}"#.utf8), from: "t.json")
    }
  }
}
