import MeshProto

/// Takes the files out of a `CodeGeneratorRequest` as they were encoded, option for option.
enum EncodedFiles {
  /// `CodeGeneratorRequest.proto_file`.
  private static let file: UInt32 = 15
  /// `FileDescriptorProto.source_code_info`: comments and places, most of a file's bytes.
  private static let sourceInfo: UInt32 = 9

  /// Every file's descriptor, in the request's order and without its source info.
  static func read(_ request: [UInt8]) -> [[UInt8]] {
    request.withUnsafeBytes { bytes in
      var files: [[UInt8]] = []
      var reader = WireReader(bytes)
      while let (number, wireType) = reader.tag() {
        if number == file, wireType == 2, let value = reader.delimited() {
          files.append(withoutSourceInfo(value))
        } else if !reader.skip(wireType) {
          break
        }
      }
      return files
    }
  }

  private static func withoutSourceInfo(_ file: UnsafeRawBufferPointer) -> [UInt8] {
    var kept: [UInt8] = []
    var reader = WireReader(file)
    var start = 0
    while let (number, wireType) = reader.tag(), reader.skip(wireType) {
      if number != sourceInfo { kept += file[start..<reader.offset] }
      start = reader.offset
    }
    return kept
  }
}
