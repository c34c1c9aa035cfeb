import Testing

@testable import MeshSQL

@Suite("Values are read from PostgreSQL's binary formats")
struct CodecTests {
  private func decode<Value: SQLDecodable>(
    _ bytes: [UInt8], _ type: UInt32, as: Value.Type = Value.self
  ) throws(CellError) -> Value {
    var result: Result<Value, CellError> = .failure(.malformed)
    bytes.withUnsafeBytes { raw in
      do throws(CellError) {
        result = .success(try Value.decode(SQLCell(type: type, bytes: raw)))
      } catch {
        result = .failure(error)
      }
    }
    return try result.get()
  }

  @Test("integers widen, and narrow only when they fit")
  func integers() throws {
    #expect(try decode([0xFF, 0xFE], 21, as: Int64.self) == -2)
    #expect(try decode([0, 0, 1, 0], 23, as: Int.self) == 256)
    #expect(throws: CellError.outOfRange) {
      try decode([0, 0, 0, 1, 0, 0, 0, 0], 20, as: Int32.self)
    }
    #expect(throws: CellError.malformed) { try decode([0, 0, 1], 23, as: Int32.self) }
    #expect(throws: CellError.mismatch(type: 25)) { try decode([49], 25, as: Int.self) }
  }

  @Test("NULL needs an optional")
  func null() throws {
    let cell = SQLCell(type: 20, bytes: nil)
    #expect(throws: CellError.null) { try Int64.decode(cell) }
    #expect(try Int64?.decode(cell) == nil)
  }

  @Test("a moment counts microseconds from 1970 and knows infinity")
  func timestamps() throws {
    #expect(try decode([0, 0, 0, 0, 0, 0, 0, 1], 1184, as: Int64.self) == 946_684_800_000_001)
    let infinity = [0x7F] + [UInt8](repeating: 0xFF, count: 7)
    #expect(try decode(infinity, 1184, as: SQLTimestamp.self).microseconds == .max)
    #expect(SQLTimestamp(microseconds: 946_684_800_000_001).wire == 1)
    #expect(SQLTimestamp(microseconds: .min + 1).wire == .min)
    let late = [0x7F] + [UInt8](repeating: 0xFF, count: 6) + [0xFE]
    #expect(throws: CellError.outOfRange) { try decode(late, 1184, as: SQLTimestamp.self) }
  }

  @Test(
    "a numeric becomes its decimal digits",
    arguments: [
      // digits, weight, sign, scale, then groups of four digits
      ([0, 0, 0, 0], "0"),
      ([0, 0, 0, 2], "0.00"),
      ([1, 0, 0, 0, 42], "42"),
      ([2, 1, 0, 0, 1, 23], "10023"),
      ([1, 1, 0, 0, 5], "50000"),
      ([2, 0, 0x4000, 2, 12, 3400], "-12.34"),
      ([1, 0xFFFF, 0, 4, 5], "0.0005"),
      ([1, 0xFFFE, 0, 6, 100], "0.000001"),
      ([0, 0, 0xC000, 0], "NaN"),
      ([0, 0, 0xF000, 0], "-Infinity"),
    ] as [([UInt16], String)])
  func numerics(words: [UInt16], text: String) throws {
    let bytes = words.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    #expect(try decode(bytes, 1700, as: String.self) == text)
  }

  @Test("malformed input is refused, never trusted")
  func malformed() {
    #expect(throws: CellError.malformed) {
      try decode([0, 9, 0, 0, 0, 0, 0, 0], 1700, as: String.self)
    }
    #expect(throws: CellError.malformed) { try decode([2, 0x7B], 3802, as: String.self) }
    #expect(throws: CellError.malformed) { try decode([0xFF], 25, as: String.self) }
    #expect(throws: CellError.malformed) { try decode([1, 2], 2950, as: SQLUUID.self) }
    let hugeCount: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0x7F, 0, 0, 0, 0, 0, 0, 1]
    #expect(throws: CellError.malformed) { try decode(hugeCount, 1007, as: [Int32].self) }
  }

  @Test("arrays round-trip, empty ones and NULL elements included")
  func arrays() throws {
    func roundTrip<Element: SQLConvertible & Equatable>(_ values: [Element]) throws -> Bool {
      var buffer = SQLBuffer()
      values.encode(into: &buffer)
      return try decode(buffer.storage, 0, as: [Element].self) == values
    }
    #expect(try roundTrip([Int64]()))
    #expect(try roundTrip([1, -1, .max] as [Int64]))
    #expect(try roundTrip(["a", "", "ä"]))
    #expect(try roundTrip(["a", nil]))
    #expect(try roundTrip([[1, 2], []] as [[UInt8]]))
    #expect(try roundTrip([true, false]))
  }

  @Test(
    "a UUID is parsed strictly and printed in lower case",
    arguments: [
      ("0190A6F2-7C4B-7d1e-8000-00000000abCD", "0190a6f2-7c4b-7d1e-8000-00000000abcd"),
      ("01234567-89ab-cdef-FEDC-BA9876543210", "01234567-89ab-cdef-fedc-ba9876543210"),
      ("0190a6f27c4b7d1e800000000000abcd", nil),
      ("0190a6f2-7c4b-7d1e-8000000000000-abcd", nil),
      ("0190a6f2-7c4b7-d1e-8000-00000000abcd", nil),
      ("/190a6f2-7c4b-7d1e-8000-00000000abcd", nil),
      (":190a6f2-7c4b-7d1e-8000-00000000abcd", nil),
      ("@190a6f2-7c4b-7d1e-8000-00000000abcd", nil),
      ("G190a6f2-7c4b-7d1e-8000-00000000abcd", nil),
      ("`190a6f2-7c4b-7d1e-8000-00000000abcd", nil),
      ("0190a6f2-7c4b-7d1e-8000-0000000\u{e9}abcd", nil),
      ("0190a6f2-7c4b-7d1e-8000-00000000abc", nil),
      ("0190a6f2-7c4b-7d1e-8000-00000000abcg", nil),
      ("0190a6f2-7c4b-7d1e-8000-00000000abcd0", nil),
      ("", nil),
    ] as [(String, String?)])
  func uuids(text: String, printed: String?) {
    #expect(SQLUUID(text)?.description == printed)
  }
}
