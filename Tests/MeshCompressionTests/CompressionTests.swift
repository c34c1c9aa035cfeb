import Testing

@testable import MeshCompression

@Suite("Compression")
struct CompressionTests {
  static let texts: [[UInt8]] = [
    [], [7], Array("the same again, the same again, the same again".utf8),
    [UInt8](repeating: 0, count: 1 << 20),
    (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) },
  ]

  private func inflated(
    _ bytes: [UInt8], _ format: CompressionFormat, limit: Int = 4 << 20
  ) throws(CompressionError) -> [UInt8] {
    let inflation = Inflation(bytes, format, limit: limit)
    while try !inflation.run(budget: 1000) {}
    return inflation.take()
  }

  @Test("gives back what went in", arguments: CompressionFormat.allCases, texts)
  func roundTrip(format: CompressionFormat, text: [UInt8]) throws {
    #expect(try inflated(Deflation.run(text, format), format) == text)
  }

  @Test("leaves room in front, on both ways", arguments: CompressionFormat.allCases)
  func prefix(format: CompressionFormat) throws {
    let packed = Deflation.run([9, 9, 1, 2, 3], from: 2, format, reserving: 5)
    #expect(packed.prefix(5) == [0, 0, 0, 0, 0])
    let inflation = Inflation(packed, from: 5, format, limit: 3, reserving: 4)
    #expect(try inflation.run(budget: 1))
    #expect(inflation.take() == [0, 0, 0, 0, 1, 2, 3])
  }

  @Test("reads what other programs wrote")
  func foreign() throws {
    // printf hello | gzip -n; python3 -c 'zlib.compress(b"hello")'
    let gzip: [UInt8] = [
      0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0, 0x86, 0xa6, 0x10,
      0x36, 5, 0, 0, 0,
    ]
    let zlib: [UInt8] = [
      0x78, 0x9c, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0, 0x06, 0x2c, 0x02, 0x15,
    ]
    #expect(try inflated(gzip, .gzip) == Array("hello".utf8))
    #expect(try inflated(zlib, .zlib) == Array("hello".utf8))
  }

  @Test("stops at the limit, and lets exactly the limit through")
  func limit() throws {
    let bomb = Deflation.run([UInt8](repeating: 0, count: 64 << 20), .gzip)
    #expect(bomb.count < 70_000)
    #expect(throws: CompressionError.tooLarge(limit: 1 << 20)) {
      try inflated(bomb, .gzip, limit: 1 << 20)
    }
    let exact = Deflation.run([UInt8](repeating: 0, count: 1 << 20), .gzip)
    #expect(try inflated(exact, .gzip, limit: 1 << 20).count == 1 << 20)
    #expect(throws: CompressionError.tooLarge(limit: (1 << 20) - 1)) {
      try inflated(exact, .gzip, limit: (1 << 20) - 1)
    }
  }

  static let damaged: [([UInt8], CompressionError)] = {
    let whole = Deflation.run(Array("some text, some text".utf8), .gzip)
    var flipped = whole
    flipped[flipped.count - 6] ^= 1
    return [
      ([], .truncated), (Array(whole.dropLast()), .truncated), (Array(whole.prefix(4)), .truncated),
      (whole + [0], .trailingBytes), (flipped, .corrupt), (Array("no gzip at all".utf8), .corrupt),
    ]
  }()

  @Test("says what is wrong with damaged bytes", arguments: damaged)
  func damage(bytes: [UInt8], error: CompressionError) {
    #expect(throws: error) { try inflated(bytes, .gzip) }
  }

  @Test("takes each format for what it is, and not for the other")
  func formats() {
    #expect(throws: CompressionError.corrupt) {
      try inflated(Deflation.run([1, 2, 3], .zlib), .gzip)
    }
    #expect(throws: CompressionError.corrupt) {
      try inflated(Deflation.run([1, 2, 3], .gzip), .zlib)
    }
  }
}
