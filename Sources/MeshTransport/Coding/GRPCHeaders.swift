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

  /// The headers of a request.
  static func request(
    _ method: MethodDescriptor, _ options: CallOptions, scheme: String, authority: String
  ) -> HeaderBlock {
    var block = HeaderBlock(capacity: 512)
    block.append(":method", "POST")
    block.append(":scheme", scheme)
    block.append(":path", method.path)
    block.append(":authority", authority)
    if let deadline = options.deadline {
      block.append("grpc-timeout", GRPCTimeout.format(deadline.remaining))
    }
    block.append("te", "trailers")
    block.append("content-type", "application/grpc")
    if options.encoding != .identity { block.append("grpc-encoding", options.encoding.name) }
    if options.acceptedEncodings == .all {
      block.append("grpc-accept-encoding", "identity,deflate,gzip")
    } else if !options.acceptedEncodings.isEmpty {
      block.append("grpc-accept-encoding", options.acceptedEncodings.list)
    }
    block.append("user-agent", "tenantry-grpc/1")
    append(options.metadata, to: &block)
    return block
  }

  /// Adds metadata; names that HTTP/2 or gRPC keep for themselves are left out.
  private static func append(_ metadata: Metadata, to block: inout HeaderBlock) {
    for pair in metadata.pairs where !isReserved(pair.name) {
      switch pair.value {
      case .string(let text):
        block.append(pair.name, text, neverIndexed: pair.name == "authorization")
      case .binary(let bytes): block.append(pair.name, Base64.encode(bytes, padded: false))
      }
    }
  }

  private static func isReserved(_ name: String) -> Bool {
    name.isEmpty || name.hasPrefix(":") || name.hasPrefix("grpc-") || name == "te"
      || name == "content-type" || name == "content-length" || name == "connection"
      || name == "transfer-encoding" || name == "host" || name == "user-agent"
      || !name.utf8.allSatisfy { isNameByte($0) }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// Adds one received field to metadata; a `-bin` value that is no base64 is dropped.
  static func add(_ name: Span<UInt8>, _ value: Span<UInt8>, to metadata: inout Metadata) {
    let name = String(name)
    guard name.hasSuffix("-bin") else { return metadata.add(String(value), for: name) }
    // Several values may have been joined by a comma on the way: split before decoding.
    for part in String(value).split(separator: ",") {
      if let bytes = Base64.decode(String(part), padding: .optional) {
        metadata.add(binary: bytes, for: name)
      }
    }
  }
}
