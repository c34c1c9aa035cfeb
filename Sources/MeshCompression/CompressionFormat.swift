import CZlib

/// How compressed bytes are wrapped.
package enum CompressionFormat: Sendable, CaseIterable {
  /// RFC 1952: what gRPC calls `gzip`.
  case gzip
  /// RFC 1950: what gRPC, like HTTP, calls `deflate`.
  case zlib

  /// zlib's `windowBits`: the largest window, plus 16 for gzip (zlib.h, `deflateInit2`).
  var windowBits: Int32 {
    switch self {
    case .gzip: MAX_WBITS + 16
    case .zlib: MAX_WBITS
    }
  }
}

/// Why compressed bytes could not be unpacked; always their sender's fault.
package enum CompressionError: Error, Sendable, Equatable {
  /// The bytes are not of the format, or a checksum does not hold.
  case corrupt
  /// The bytes end before what they hold does.
  case truncated
  /// Bytes follow the end of what was compressed.
  case trailingBytes
  /// There is more in them than is allowed.
  case tooLarge(limit: Int)
}

extension CompressionError: CustomStringConvertible {
  /// The fault in words.
  package var description: String {
    switch self {
    case .corrupt: "the compressed bytes are corrupt"
    case .truncated: "the compressed bytes end too early"
    case .trailingBytes: "bytes follow the compressed ones"
    case .tooLarge(let limit): "unpacked it is larger than \(limit) bytes"
    }
  }
}
