import Testing

@testable import Tenants

@Suite("Brand domains")
struct BrandDomainTests {
  @Test(
    "a host name is taken in lower case",
    arguments: [
      ("crm.globex.example", "crm.globex.example"), ("CRM.Globex.Example", "crm.globex.example"),
      ("a.b", "a.b"), ("xn--bcher-kva.example", "xn--bcher-kva.example"),
      ("1-2.example", "1-2.example"), (label63 + ".example", label63 + ".example"),
    ])
  func taken(_ text: String, _ name: String) {
    #expect(BrandDomain(rawValue: text)?.rawValue == name)
  }

  @Test(
    "anything else is refused",
    arguments: [
      "", "localhost", "a..b", ".a.b", "a.b.", "-a.example", "a-.example", "a_b.example",
      "bücher.example", "10.0.0.1", "a.example:443", "https://a.example", "a b.example",
      label63 + "x.example", Array(repeating: label63, count: 4).joined(separator: "."),
    ])
  func refused(_ text: String) {
    #expect(BrandDomain(rawValue: text) == nil)
  }

  private static let label63 = String(repeating: "x", count: 63)
}
