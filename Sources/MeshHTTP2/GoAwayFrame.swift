/// A GOAWAY frame made by hand (RFC 9113 §6.8), for when the library is dead.
enum GoAwayFrame {
  /// The whole frame.
  static func bytes(lastStream: Int32, code: HTTP2ErrorCode, debug: String) -> [UInt8] {
    var frame: [UInt8] = []
    // The debug texts are our own and short; the length fits in two bytes.
    let length = UInt16(8 + debug.utf8.count)
    frame.append(0)
    append(length, to: &frame)
    frame += [0x7, 0]
    append(UInt32(0), to: &frame)
    append(UInt32(bitPattern: lastStream) & 0x7fff_ffff, to: &frame)
    append(code.rawValue, to: &frame)
    frame += debug.utf8
    return frame
  }

  private static func append<N: FixedWidthInteger>(_ number: N, to frame: inout [UInt8]) {
    withUnsafeBytes(of: number.bigEndian) { frame.append(contentsOf: $0) }
  }
}
