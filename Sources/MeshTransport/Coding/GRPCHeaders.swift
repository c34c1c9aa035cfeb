import MeshHTTP2
import MeshRPC
import MeshText

/// Header blocks to and from what calls know (gRPC over HTTP/2, "Requests" and "Responses").
enum GRPCHeaders {
  /// The headers of an answer without metadata of its own.
  static let response: FieldList = [":status": "200", "content-type": "application/grpc"]
  /// The trailers of a success without metadata of its own.
  static let ok: FieldList = ["grpc-status": "0"]

  /// The headers of an answer.
  static func response(_ initial: Metadata, _ encoding: MessageEncoding) -> FieldList {
    guard !initial.isEmpty || encoding != .identity else { return response }
    var block = FieldList(capacity: response.byteCount + 64 + initial.fields.byteCount)
    block.append(response)
    if encoding != .identity { block.append("grpc-encoding", encoding.name) }
    append(initial, to: &block)
    return block
  }

  /// The trailers of an outcome, or its only headers.
  static func outcome(_ status: Status, trailersOnly: Bool) -> FieldList {
    if status.code == .ok, status.trailers.isEmpty, !trailersOnly { return ok }
    var block = trailersOnly ? response : FieldList()
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
  static func refusal(_ status: Status) -> FieldList {
    var block = outcome(status, trailersOnly: true)
    block.append("grpc-accept-encoding", MessageEncodings.all.list)
    return block
  }

  /// What the requests to a server begin with.
  static func requestStart(scheme: String, authority: String) -> FieldList {
    [":method": "POST", ":scheme": scheme, ":authority": authority]
  }

  /// What is the same in every request.
  private static let requestFields: FieldList = [
    "te": "trailers", "content-type": "application/grpc", "user-agent": "tenantry-grpc/1",
  ]
  private static let acceptsAll: FieldList = [
    "grpc-accept-encoding": MessageEncodings.all.list
  ]

  /// The headers of a request that begins with `start`; the time that it has follows at once, as
  /// gRPC asks.
  static func request(
    _ method: MethodDescriptor, _ options: CallOptions, start: FieldList
  ) -> FieldList {
    var block = FieldList(capacity: 512 + options.metadata.fields.byteCount)
    block.append(start)
    block.append(":path", method.path)
    if let deadline = options.deadline {
      block.append("grpc-timeout", GRPCTimeout.format(deadline.remaining))
    }
    block.append(requestFields)
    if options.encoding != .identity { block.append("grpc-encoding", options.encoding.name) }
    if options.acceptedEncodings == .all {
      block.append(acceptsAll)
    } else if !options.acceptedEncodings.isEmpty {
      block.append("grpc-accept-encoding", options.acceptedEncodings.list)
    }
    append(options.metadata, to: &block)
    return block
  }

  /// Adds metadata; names that HTTP/2 or gRPC keep for themselves are left out.
  private static func append(_ metadata: Metadata, to block: inout FieldList) {
    if !metadata.isEmpty { block.append(metadata.fields) { !isReserved($0) } }
  }

  private static func isReserved(_ name: UnsafeRawBufferPointer) -> Bool {
    switch name.count {
    case 2: name.equals("te")
    case 4: name.equals("host")
    case 10: name.equals("connection") || name.equals("user-agent")
    case 14: name.equals("content-length")
    case 17: name.equals("transfer-encoding")
    case 12 where name.equals("content-type"): true
    // What those say who repeat calls (gRFC A6): no call's own headers, but no field of ours.
    case 22 where name.equals("grpc-retry-pushback-ms"): false
    case 26 where name.equals("grpc-previous-rpc-attempts"): false
    default: name.count > 5 && UnsafeRawBufferPointer(rebasing: name[..<5]).equals("grpc-")
    }
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
