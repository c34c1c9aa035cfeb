import MeshHTTP2
import MeshRPC

/// What the headers of a request say.
struct RequestHead {
  var method = ""
  var path = ""
  var contentType = ""
  var timeout: Duration?
  /// `grpc-timeout` is there and is none.
  var hasBadTimeout = false
  /// What `grpc-encoding` says; empty when it is absent.
  var encoding = ""
  var acceptedEncodings: MessageEncodings = []
  var metadata = Metadata()

  /// Reads a header block.
  init(_ block: HeaderBlock) {
    block.forEach { name, value, _ in
      if name.equals(":path") {
        path = String(value)
      } else if name.equals(":method") {
        method = String(value)
      } else if name.equals("content-type") {
        contentType = String(value)
      } else if name.equals("grpc-timeout") {
        timeout = GRPCTimeout.parse(String(value))
        hasBadTimeout = timeout == nil
      } else if name.equals("grpc-encoding") {
        encoding = String(value)
      } else if name.equals("grpc-accept-encoding") {
        acceptedEncodings.formUnion(MessageEncodings(list: value))
      } else if name[0] != UInt8(ascii: ":"), !name.equals("te"), !name.equals("content-length") {
        GRPCHeaders.add(name, value, to: &metadata)
      }
    }
  }

  /// Whether this is a gRPC call (`application/grpc`, `+proto` and the like).
  var isGRPC: Bool {
    contentType.hasPrefix("application/grpc")
      && (contentType.utf8.count == 16
        || [UInt8(ascii: "+"), UInt8(ascii: ";")].contains(
          contentType.utf8[contentType.utf8.index(contentType.utf8.startIndex, offsetBy: 16)]))
  }

  /// Why the call cannot be served whatever its method is; nil when it can.
  var fault: RPCError? {
    if hasBadTimeout { return RPCError(.internal, "grpc-timeout is malformed") }
    guard encoding.isEmpty || MessageEncoding(name: encoding) != nil else {
      return RPCError(.unimplemented, "grpc-encoding \(encoding.prefix(32)) is not supported")
    }
    return nil
  }
}
