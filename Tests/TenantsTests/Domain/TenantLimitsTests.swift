import Testing

@testable import Tenants

@Suite("Limits of a tenant")
struct TenantLimitsTests {
  @Test(
    "a grace is 1 to 365 days",
    arguments: [
      (86_400, nil), (365 * 86_400, nil),
      (86_399, "grace is 86399 seconds; it must be 1 to 365 days"),
      (365 * 86_400 + 1, "grace is 31536001 seconds; it must be 1 to 365 days"),
      (.min, "grace is -9223372036854775808 seconds; it must be 1 to 365 days"),
    ] as [(Int64, String?)])
  func grace(_ seconds: Int64, _ problem: String?) {
    #expect(TenantLimits().problem(withGrace: seconds) == problem)
  }

  @Test("the standard grace is 30 days")
  func standard() {
    #expect(TenantLimits().standardGrace == 30 * 86_400)
  }
}
