import Testing

@testable import PoolRouter

@Suite("Regions of pools")
struct PoolRegionsTests {
  @Test(
    "a region is required and must be known",
    arguments: [
      ("a-1", nil), ("", "region is required"),
      ("c-1", "region is not known: \"c-1\"; the regions are a-1, b-1"),
    ] as [(String, String?)])
  func problems(_ region: String, _ problem: String?) {
    #expect(PoolRegions(["b-1", "a-1"]).problem(with: region) == problem)
  }
}
