import MeshAPI
import Testing

@testable import Edge

@Suite("The named HTTP routes")
struct HTTPRoutesTests {
  private let routes = HTTPRoutes(PolicyTable.all)

  @Test(
    "lead to their methods and carry the fields of the path",
    arguments: [
      ("POST", "/api/tenant-lifecycle/t-1/suspend", "SuspendTenant"),
      ("POST", "/api/tenant-lifecycle/t-1/reinstate", "ReinstateTenant"),
      ("POST", "/api/tenant-lifecycle/t-1/offboard", "OffboardTenant"),
      ("GET", "/api/tenant-lifecycle/t-1/state", "GetTenantState"),
    ])
  func matches(verb: String, path: String, method: String) throws {
    let match = try #require(routes.match(verb: verb, path: path[...]))
    #expect(match.policy.method.method == method)
    #expect(match.fields == ["tenant_id": "t-1"])
  }

  @Test(
    "fit nothing else",
    arguments: [
      ("GET", "/api/tenant-lifecycle/t-1/suspend"), ("POST", "/api/tenant-lifecycle/suspend"),
      ("POST", "/api/tenant-lifecycle/t-1/suspend/now"), ("POST", "/"), ("POST", ""),
    ])
  func fitsNothing(verb: String, path: String) {
    #expect(routes.match(verb: verb, path: path[...]) == nil)
  }
}
