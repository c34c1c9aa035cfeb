import MeshText
import Testing

@testable import MeshHTTP2

@Suite("An arriving header block")
struct IncomingHeadersTests {
  private func append(_ name: String, _ value: String, to headers: inout IncomingHeaders) {
    var (name, value) = (name, value)
    name.withUTF8 { name in
      value.withUTF8 { value in
        headers.append(
          UnsafeRawBufferPointer(name), UnsafeRawBufferPointer(value), neverIndexed: false)
      }
    }
  }

  @Test("takes memory as it grows, keeps every field, and gives the memory back")
  func growth() {
    var headers = IncomingHeaders(limit: 16 << 10)
    let first = headers.fields.capacity
    #expect(first <= 512)
    for round in 0..<2 {
      headers.begin()
      for index in 0..<100 { append("name-\(index)", "value-\(round)-\(index)", to: &headers) }
      var fields: [String] = []
      headers.fields.forEach { name, value, _ in
        let (name, value) = (
          String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)
        )
        fields.append("\(name): \(value)")
      }
      #expect(fields == (0..<100).map { "name-\($0): value-\(round)-\($0)" })
      let isTooLarge = headers.isTooLarge
      #expect(!isTooLarge)
    }
    append("large", String(repeating: "x", count: 8 << 10), to: &headers)
    let grown = headers.fields.capacity
    #expect(grown > 8 << 10)
    #expect(grown <= 32 << 10)
    headers.begin()
    let kept = headers.fields.capacity
    #expect(kept == first)
  }

  @Test(
    "holds a list that just fits its limit, however small that is", arguments: [64, 1000, 5000])
  func limit(limit: Int) {
    var headers = IncomingHeaders(limit: limit)
    headers.begin()
    append("a", String(repeating: "x", count: limit - 33), to: &headers)
    let (fits, one) = (!headers.isTooLarge, headers.fields.count)
    #expect(fits)
    #expect(one == 1)
    append("b", "", to: &headers)
    let (isTooLarge, still) = (headers.isTooLarge, headers.fields.count)
    #expect(isTooLarge)
    #expect(still == 1)
  }
}
