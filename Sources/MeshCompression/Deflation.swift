import CZlib

/// Compresses bytes that are there in full.
package enum Deflation {
  /// Compresses `input` from `start` on, at zlib's usual level.
  ///
  /// In front of the result are `prefix` zero bytes, for the caller to fill.
  package static func run(
    _ input: [UInt8], from start: Int = 0, _ format: CompressionFormat, reserving prefix: Int = 0
  ) -> [UInt8] {
    var stream = z_stream()
    return withUnsafeMutablePointer(to: &stream) { stream in
      let memoryLevel: Int32 = 8
      let code = deflateInit2_(
        stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, format.windowBits, memoryLevel,
        Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      precondition(code == Z_OK, "deflateInit2: \(code)")
      defer { deflateEnd(stream) }
      let bound = Int(deflateBound(stream, UInt(input.count - start)))
      return [UInt8](unsafeUninitializedCapacity: prefix + bound) { output, count in
        output[..<prefix].initialize(repeating: 0)
        count = prefix + compress(input, from: start, stream, into: output[prefix...])
      }
    }
  }

  private static func compress(
    _ input: [UInt8], from start: Int, _ stream: UnsafeMutablePointer<z_stream>,
    into output: Slice<UnsafeMutableBufferPointer<UInt8>>
  ) -> Int {
    let output = UnsafeMutableBufferPointer(rebasing: output)
    return input.withUnsafeBufferPointer { input in
      stream.pointee.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + start) }
      stream.pointee.avail_in = UInt32(input.count - start)
      stream.pointee.next_out = output.baseAddress
      stream.pointee.avail_out = UInt32(output.count)
      let code = deflate(stream, Z_FINISH)
      precondition(code == Z_STREAM_END, "the bound is one: \(code)")
      return output.count - Int(stream.pointee.avail_out)
    }
  }
}
