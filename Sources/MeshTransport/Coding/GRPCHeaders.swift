import MeshHTTP2
import MeshRPC
import MeshText

/// Header blocks to and from what calls know (gRPC over HTTP/2, "Requests" and "Responses").
enum GRPCHeaders {
  /// The headers of an answer without metadata of its own.
  static let response: HeaderBlock = [":status": "200", "content-type": "application/grpc"]
  /// The trailers of a success without metadata of its own.
  static let ok: HeaderBlock = ["grpc-status": "0"]

  /// The headers of an answer.
  static func response(_ initial: Metadata, _ encoding: MessageEncoding) -> HeaderBlock {
    guard !initial.isEmpty || encoding != .identity else { return response }
    var block = response
    if encoding != .identity { block.append("grpc-encoding", encoding.name) }
    append(initial, to: &block)
    return block
  }

  /// The trailers of an outcome, or its only headers.
  static func outcome(_ status: Status, trailersOnly: Bool) -> HeaderBlock {
    if status.code == .ok, status.trailers.isEmpty, !trailersOnly { return ok }
    var block = trailersOnly ? response : HeaderBlock()
    block.append("grpc-status", String(status.code.rawValue))
    if !status.message.isEmpty {
      block.append("grpc-message", PercentCoding.encode(status.message))
    }
    if !status.details.isEmpty {
      block.append("grpc-status-details-bin", Base64.encode(status.details, padded: false))
    }
    append(status.trailers, to: &block)
    return block
  }

  /// The only headers of an answer to a request that this server cannot read; they say how it may
  /// be compressed (gRPC core, `doc/compression.md`).
  static func refusal(_ status: Status) -> HeaderBlock {
    var block = outcome(status, trailersOnly: true)
    block.append("grpc-accept-encoding", MessageEncodings.all.list)
    return block
  }

  /// What the requests to a server begin with.
  static func requestStart(scheme: String, authority: String) -> HeaderBlock {
    [":method": "POST", ":scheme": scheme, ":authority": authority]
  }

  /// What is the same in every request.
  private static let requestFields: HeaderBlock = [
    "te": "trailers", "content-type": "application/grpc", "user-agent": "tenantry-grpc/1",
  ]
  private static let acceptsAll: HeaderBlock = [
    "grpc-accept-encoding": MessageEncodings.all.list
  ]

  /// The headers of a request that begins with `start`.
  static func request(
    _ method: MethodDescriptor, _ options: CallOptions, start: HeaderBlock
  ) -> HeaderBlock {
    var block = HeaderBlock(capacity: 512)
    block.append(start)
    block.append(":path", method.path)
    block.append(requestFields)
    if let deadline = options.deadline {
      block.append("grpc-timeout", GRPCTimeout.format(deadline.remaining))
    }
    if options.encoding != .identity { block.append("grpc-encoding", options.encoding.name) }
    if options.acceptedEncodings == .all {
      block.append(acceptsAll)
    } else if !options.acceptedEncodings.isEmpty {
      block.append("grpc-accept-encoding", options.acceptedEncodings.list)
    }
    append(options.metadata, to: &block)
    return block
  }

  /// Adds metadata; names that HTTP/2 or gRPC keep for themselves are left out, but for the two in
  /// which clients and servers tell each other of retries (gRFC A6).
  private static func append(_ metadata: Metadata, to block: inout HeaderBlock) {
    guard !metadata.isEmpty else { return }
    var isPlain = true
    metadata.forEach { name, _, neverIndexed in
      if isReserved(name) || isSecret(name) && !neverIndexed { isPlain = false }
    }
    // Nearly all metadata goes as it is.
    guard !isPlain else {
      return metadata.withLayout { block.append(layout: $0, count: metadata.count) }
    }
    metadata.forEach { name, value, neverIndexed in
      guard !isReserved(name) else { return }
      block.append(name, value, neverIndexed: neverIndexed || isSecret(name))
    }
  }

  private static func isSecret(_ name: UnsafeRawBufferPointer) -> Bool {
    name.equals("authorization")
  }

  private static func isReserved(_ name: UnsafeRawBufferPointer) -> Bool {
    for index in 0..<name.count where !isNameByte(name[index]) { return true }
    return switch name.count {
    case 0: true
    case 2: name.equals("te")
    case 4: name.equals("host")
    case 10: name.equals("connection") || name.equals("user-agent")
    case 12: name.equals("content-type")
    case 14: name.equals("content-length")
    case 17: name.equals("transfer-encoding")
    case 22: isOfGRPC(name) && !name.equals("grpc-retry-pushback-ms")
    case 26: isOfGRPC(name) && !name.equals("grpc-previous-rpc-attempts")
    default: isOfGRPC(name)
    }
  }

  private static func isOfGRPC(_ name: UnsafeRawBufferPointer) -> Bool {
    name.count > 5 && UnsafeRawBufferPointer(rebasing: name[..<5]).equals("grpc-")
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    // Letters first: nearly all are.
    byte &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "-") || byte &- UInt8(ascii: "0") < 10
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
  }

  /// Whether a `content-type` is `application/grpc`, with a message format or parameters or not.
  static func isGRPC(contentType: UnsafeRawBufferPointer) -> Bool {
    guard contentType.count >= 16,
      UnsafeRawBufferPointer(rebasing: contentType[..<16]).equals("application/grpc")
    else { return false }
    guard contentType.count > 16 else { return true }
    return contentType[16] == UInt8(ascii: "+") || contentType[16] == UInt8(ascii: ";")
  }
}
