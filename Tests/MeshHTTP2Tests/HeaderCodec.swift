import CNghttp2
import MeshHTTP2

/// HPACK for scripted peers.
enum HeaderCodec {
  /// The fields as literals that are not indexed (RFC 7541 §6.2.2), without Huffman coding.
  static func literal(_ fields: [(String, String)]) -> [UInt8] {
    fields.flatMap { [0x00] + string($0.0) + string($0.1) }
  }

  /// One field that goes into the peer's table, first in line (RFC 7541 §6.2.1).
  static func indexed(_ name: String, _ value: String) -> [UInt8] {
    [0x40] + string(name) + string(value)
  }

  /// The entry that was put into the table last.
  static let lastIndexed: UInt8 = 0x80 | 62

  private static func string(_ text: String) -> [UInt8] {
    integer(text.utf8.count) + Array(text.utf8)
  }

  /// RFC 7541 §5.1 with a prefix of seven bits.
  private static func integer(_ number: Int) -> [UInt8] {
    guard number >= 127 else { return [UInt8(number)] }
    var bytes: [UInt8] = [127]
    var rest = number - 127
    while rest >= 128 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}

/// Decodes the header blocks that a session sends, in the order it sends them.
final class HeaderDecoder {
  private var inflater: OpaquePointer?

  init() {
    nghttp2_hd_inflate_new(&inflater)
  }

  deinit {
    nghttp2_hd_inflate_del(inflater)
  }

  func decode(_ block: [UInt8]) -> [String] {
    var fields: [String] = []
    var rest = block[...]
    while true {
      var field = nghttp2_nv()
      var flags: Int32 = 0
      let used = rest.withUnsafeBufferPointer {
        nghttp2_hd_inflate_hd2(inflater, &field, &flags, $0.baseAddress, $0.count, 1)
      }
      guard used >= 0 else { return fields + ["error \(used)"] }
      rest = rest.dropFirst(used)
      if UInt32(flags) & NGHTTP2_HD_INFLATE_EMIT.rawValue != 0 {
        fields.append(
          text(field.name, field.namelen) + ": " + text(field.value, field.valuelen))
      }
      if UInt32(flags) & NGHTTP2_HD_INFLATE_FINAL.rawValue != 0 { break }
    }
    nghttp2_hd_inflate_end_headers(inflater)
    return fields
  }

  private func text(_ start: UnsafeMutablePointer<UInt8>?, _ count: Int) -> String {
    String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }
}
