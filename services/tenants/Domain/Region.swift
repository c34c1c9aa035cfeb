/// Where tenants can be: the regions of this mesh.
struct RegionCatalog: Sendable, Equatable {
  /// A place that tenants' data stays in.
  struct Region: Sendable, Equatable {
    /// For example `eu-west-1`.
    let code: String
    /// Whether data residency is guaranteed there, as tier G requires.
    let isSovereign: Bool
  }

  private let regions: [String: Region]

  /// Every region's code, in alphabetical order.
  var codes: [String] { regions.keys.sorted() }

  /// Takes the codes of ordinary and of sovereign regions; a code in both is sovereign.
  init(ordinary: [String], sovereign: [String]) {
    var regions: [String: Region] = [:]
    for code in ordinary { regions[code] = Region(code: code, isSovereign: false) }
    for code in sovereign { regions[code] = Region(code: code, isSovereign: true) }
    self.regions = regions
  }

  /// The region called `code`.
  func region(_ code: String) throws(ProvisioningRefusal) -> Region {
    guard let region = regions[code] else { throw .unknownRegion(code, known: codes) }
    return region
  }
}
