extension String: SQLDecodable {
  /// Reads text of any kind, JSON, UUIDs in canonical form, exact numerics, and enum labels.
  @usableFromInline
  package static func decode(_ cell: SQLCell) throws(CellError) -> String {
    switch cell.type {
    case ColumnType.text, ColumnType.varchar, ColumnType.bpchar, ColumnType.name,
      ColumnType.json, ColumnType.unknown:
      return try text(try cell.value())
    case ColumnType.uuid:
      return try SQLUUID.decode(cell).description
    case ColumnType.jsonb:
      // jsonb_send puts a version byte in front, always 1 so far.
      let bytes = try cell.value()
      guard bytes.first == 1 else { throw .malformed }
      return try text(UnsafeRawBufferPointer(rebasing: bytes.dropFirst()))
    case ColumnType.numeric:
      return try NumericText.decode(try cell.value())
    case ColumnType.firstUserDefined...:
      // An enum's binary form is its label. Other user types fail here unless they are text too.
      return try text(try cell.value())
    default:
      throw .mismatch(type: cell.type)
    }
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) throws(CellError) -> String {
    // Most text is ASCII and short, which is seen sooner than it is validated by the library.
    if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
    // The connection's encoding is UTF-8 and the server checks it; user types are not checked.
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed }
    return text
  }
}

/// Writes PostgreSQL's binary `numeric` as decimal text, digit for digit.
///
/// The format is `numeric_send`'s: digit count, weight, sign, display scale, then digits in base
/// 10000, the first worth 10000 to the power of the weight.
enum NumericText {
  private static let negative: UInt16 = 0x4000
  private static let special: [UInt16: String] = [
    0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity",
  ]

  static func decode(_ bytes: UnsafeRawBufferPointer) throws(CellError) -> String {
    guard bytes.count >= 8, bytes.count.isMultiple(of: 2) else { throw .malformed }
    func word(_ index: Int) -> UInt16 {
      UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
    }
    let digits = Int(word(0))
    let weight = Int(Int16(bitPattern: word(1)))
    let sign = word(2)
    let scale = Int(word(3))
    guard bytes.count == 8 + digits * 2 else { throw .malformed }
    if let name = special[sign] { return name }

    func group(_ power: Int) -> UInt16 {
      let index = weight - power
      return index >= 0 && index < digits ? word(4 + index) : 0
    }
    var text = sign == negative ? "-" : ""
    text += weight < 0 ? "0" : String(group(weight))
    for power in stride(from: weight - 1, through: 0, by: -1) {
      text += padded(group(power))
    }
    guard scale > 0 else { return text }
    text += "."
    var fraction = ""
    var power = -1
    while fraction.utf8.count < scale {
      fraction += padded(group(power))
      power -= 1
    }
    return text + fraction.prefix(scale)
  }

  private static func padded(_ group: UInt16) -> String {
    let text = String(group)
    return String(repeating: "0", count: max(0, 4 - text.utf8.count)) + text
  }
}
