import MeshCompression
import MeshIO
import MeshRPC

/// Messages are compressed and unpacked on the loop while that is quick; long ones leave it, so
/// that one call's megabytes do not hold up the others.
extension WireMessage {
  /// Bytes that are packed or unpacked on the loop: a millisecond's work or so.
  private static let bytesOnLoop = 128 << 10

  /// This message packed by `encoding`; itself where that makes it no smaller.
  func compressed(_ encoding: MessageEncoding) async throws(RPCError) -> WireMessage {
    guard let format = encoding.format, !isCompressed else { return self }
    let packed =
      payloadSize <= Self.bytesOnLoop ? pack(format) : try await offLoop { pack(format) }
    return packed.count < size ? WireMessage(reserved: packed, compressed: true) : self
  }

  /// This compressed message unpacked.
  ///
  /// Throws `RESOURCE_EXHAUSTED` when more than `limit` bytes come out, `INTERNAL` when the bytes
  /// are not what `encoding` says.
  func decompressed(
    _ encoding: MessageEncoding, limit: Int
  ) async throws(RPCError) -> WireMessage {
    guard let format = encoding.format else {
      throw RPCError(.internal, "a compressed message came without grpc-encoding")
    }
    let inflation = Inflation(
      bytes, from: Self.headSize, format, limit: limit, reserving: Self.headSize)
    let isDone = try inflation.continued(Self.bytesOnLoop).get()
    if !isDone { _ = try await offLoop { inflation.continued(.max) }.get() }
    return WireMessage(reserved: inflation.take())
  }

  private func pack(_ format: CompressionFormat) -> [UInt8] {
    Deflation.run(bytes, from: Self.headSize, format, reserving: Self.headSize)
  }
}

extension Inflation {
  fileprivate func continued(_ budget: Int) -> Result<Bool, RPCError> {
    do throws(CompressionError) {
      return .success(try run(budget: budget))
    } catch {
      switch error {
      case .tooLarge: return .failure(RPCError(.resourceExhausted, "the message: \(error)"))
      case .corrupt, .truncated, .trailingBytes:
        return .failure(RPCError(.internal, "the message: \(error)"))
      }
    }
  }
}

extension MessageEncoding {
  fileprivate var format: CompressionFormat? {
    switch self {
    case .identity: nil
    case .deflate: .zlib
    case .gzip: .gzip
    }
  }
}

/// Runs long work of a call beside the loop.
private func offLoop<Value: Sendable>(
  _ work: @escaping @Sendable () -> Value
) async throws(RPCError) -> Value {
  do {
    return try await Offload.run(work)
  } catch is CancellationError {
    throw RPCError(.cancelled, "the call was cancelled")
  } catch {
    throw RPCError(.resourceExhausted, "too much is being compressed: \(error)")
  }
}
