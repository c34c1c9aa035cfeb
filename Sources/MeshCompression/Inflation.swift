import CZlib

/// Unpacks compressed bytes piece by piece, up to a limit.
///
/// Never holds more than the limit and one piece, whatever the bytes claim: a bomb costs what an
/// honest message costs.
///
/// Thread: one at a time, whichever; it belongs to the task that unpacks.
package final class Inflation: @unchecked Sendable {
  /// Unpacked bytes per call of zlib.
  private static let pieceBytes = 32 << 10

  private let input: [UInt8]
  private var consumed: Int
  private let limit: Int
  private let prefix: Int
  private var output: [UInt8]
  /// On the heap because zlib insists that its address stays (zlib.h, `inflateInit2`).
  private let stream: UnsafeMutablePointer<z_stream>

  /// Unpacks `input` from `start` on, to at most `limit` bytes.
  ///
  /// In front of what comes out are `prefix` zero bytes, for the caller to fill.
  package init(
    _ input: [UInt8], from start: Int = 0, _ format: CompressionFormat, limit: Int,
    reserving prefix: Int = 0
  ) {
    self.input = input
    self.limit = limit
    self.prefix = prefix
    consumed = start
    output = [UInt8](repeating: 0, count: prefix)
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let code = inflateInit2_(
      stream, format.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(code == Z_OK, "inflateInit2: \(code)")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Unpacks about `budget` bytes more; whether all is unpacked now.
  package func run(budget: Int) throws(CompressionError) -> Bool {
    var left = budget
    while left > 0 {
      let (code, produced) = step()
      left -= produced
      if output.count - prefix > limit { throw .tooLarge(limit: limit) }
      switch code {
      case Z_OK: break
      case Z_STREAM_END:
        if consumed < input.count { throw .trailingBytes }
        return true
      case Z_BUF_ERROR: throw .truncated
      default: throw .corrupt
      }
    }
    return false
  }

  /// What has been unpacked, behind the prefix; good once `run` has answered true.
  package func take() -> [UInt8] {
    defer { output = [] }
    return output
  }

  private func step() -> (code: Int32, produced: Int) {
    withUnsafeTemporaryAllocation(byteCount: Self.pieceBytes, alignment: 16) { piece in
      input.withUnsafeBufferPointer { input in
        stream.pointee.next_in = input.baseAddress.map {
          UnsafeMutablePointer(mutating: $0 + consumed)
        }
        stream.pointee.avail_in = UInt32(input.count - consumed)
        stream.pointee.next_out = piece.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(piece.count)
        let code = inflate(stream, Z_NO_FLUSH)
        let produced = piece.count - Int(stream.pointee.avail_out)
        consumed = input.count - Int(stream.pointee.avail_in)
        output.append(contentsOf: piece[..<produced])
        return (code, produced)
      }
    }
  }
}
