/// The paths of a `FieldMask` as JSON has them: names in lowerCamelCase, joined by commas.
enum FieldMaskText {
  /// "display_name" as "displayName"; nil if the way back would give another name.
  static func jsonName(_ path: String) -> String? {
    var result: [UInt8] = []
    var raise = false
    for byte in path.utf8 {
      let isLower = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
      if byte == UInt8(ascii: "_") {
        if raise { return nil }
        raise = true
      } else if byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") || raise && !isLower {
        return nil
      } else {
        result.append(raise ? byte - 32 : byte)
        raise = false
      }
    }
    return raise ? nil : String(decoding: result, as: UTF8.self)
  }

  /// "displayName" as "display_name"; nil if it has an underscore already.
  static func protoName(_ path: some Sequence<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    for byte in path {
      if byte == UInt8(ascii: "_") { return nil }
      if byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") {
        result.append(UInt8(ascii: "_"))
        result.append(byte + 32)
      } else {
        result.append(byte)
      }
    }
    return result
  }
}
