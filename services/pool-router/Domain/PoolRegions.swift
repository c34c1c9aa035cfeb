/// The regions that pools may be opened in.
struct PoolRegions: Sendable, Equatable {
  private let codes: Set<String>

  /// Takes the regions' codes.
  init(_ codes: [String]) {
    self.codes = Set(codes)
  }

  /// What is wrong with a region, if anything is.
  func problem(with region: String) -> String? {
    if region.isEmpty { return "region is required" }
    if codes.contains(region) { return nil }
    return "region is not known: \"\(region.prefix(64))\"; the regions are "
      + codes.sorted().joined(separator: ", ")
  }
}
