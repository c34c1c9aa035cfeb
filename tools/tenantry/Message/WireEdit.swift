import MeshProto

/// Changes encoded messages without decoding them.
enum WireEdit {
  /// The message without the field `number`; bytes that are no message stay as they are.
  static func removing(_ number: UInt32, from bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { buffer in
      var kept: [UInt8] = []
      var reader = WireReader(buffer)
      while true {
        let start = reader.offset
        guard let (field, wireType) = reader.tag() else { break }
        guard reader.skip(wireType) else { return bytes }
        if field != number { kept += buffer[start..<reader.offset] }
      }
      return reader.offset == buffer.count ? kept : bytes
    }
  }
}
