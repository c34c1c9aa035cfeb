import MeshAPI
import Testing

@testable import TenantryCLI

@Suite("The calls of a load")
struct LoadCallsTests {
  @Test("are read from a file: weight, method, request")
  func file() throws {
    let mix = try LoadCalls.parse(
      """
      # reads and a health check
      8 tenantry.tenants.v1.TenantService/GetTenant {"tenantId": "0199f3a2"}

      1\tgrpc.health.v1.Health/Check
      1 other.v1.Service/Call base64:CgR0ZXN0
      """, from: "calls")
    #expect(mix.calls.map(\.weight) == [8, 1, 1])
    #expect(
      mix.calls.map(\.method.path) == [
        "/tenantry.tenants.v1.TenantService/GetTenant", "/grpc.health.v1.Health/Check",
        "/other.v1.Service/Call",
      ])
    let payloads = mix.calls.map { $0.message.withPayload { Array($0) } }
    #expect(payloads[0] == TenantsV1.GetTenantRequest(tenantID: "0199f3a2").serialized())
    #expect(payloads[1].isEmpty)
    #expect(payloads[2] == [0x0a, 4] + Array("test".utf8))
  }

  @Test(
    "are refused with the line that is wrong",
    arguments: [
      ("", "calls names no calls"), ("# nothing", "calls names no calls"),
      ("\n1", "calls:2: a line is a weight"), ("0 a.B/C", "calls:1: a line is a weight"),
      ("1001 a.B/C", "calls:1: a line is a weight"), ("x a.B/C", "calls:1: a line is a weight"),
      ("1 aB", "calls:1: a method is written as service/Method"),
      ("1 /a.B/C", "calls:1: a method is written as service/Method"),
      ("1 a.B/C {}", "calls:1: a.B/C is not in our contract"),
      ("1 a.B/C base64:?", "calls:1: the request is not base64"),
      ("1 grpc.health.v1.Health/Check {\"no\": 1}", "calls:1: "),
      (
        "1 tenantry.identity.v1.SessionService/WatchSessions",
        "calls:1: tenantry.identity.v1.SessionService/WatchSessions streams"
      ),
      (
        String(repeating: "1 a.B/C\n", count: 101), "calls has 101 kinds of calls; the limit is 100"
      ),
    ])
  func refused(text: String, message: String) {
    let failure = #expect(throws: Failure.self) { try LoadCalls.parse(text, from: "calls") }
    #expect(failure?.code == .usage)
    #expect(failure?.message.hasPrefix(message) == true, "\(failure?.message ?? "")")
  }
}
