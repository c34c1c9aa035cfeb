import MeshHTTP2
import MeshRPC
import MeshText

/// What the headers of a request say to gRPC.
struct RequestHead: ~Copyable {
  /// Whether `content-type` is `application/grpc`, `application/grpc+proto` and the like.
  private(set) var isGRPC = false
  /// Whether `:method` is `POST`, the only one that gRPC knows.
  private(set) var isPost = false
  /// `:path`; good for as long as the headers are.
  private(set) var path = UnsafeRawBufferPointer(start: nil, count: 0)
  private(set) var timeout: Duration?
  /// What `grpc-encoding` says; empty when it is absent.
  private(set) var encoding = ""
  // Not `[]`, which no optimizer makes a constant of.
  private(set) var acceptedEncodings = MessageEncodings(rawValue: 0)
  private(set) var metadata = Metadata()
  /// `grpc-timeout` is there and is none.
  private var hasBadTimeout = false

  /// Reads the headers of a request.
  init(_ headers: FieldList) {
    headers.forEach { name, value, neverIndexed in
      // By length first: one comparison is enough then for nearly every field.
      switch name.count {
      case 2 where name.equals("te"): break
      case 5 where name.equals(":path"): path = value
      case 7 where name.equals(":method"): isPost = value.equals("POST")
      case 12 where name.equals("content-type"): isGRPC = GRPCHeaders.isGRPC(contentType: value)
      case 12 where name.equals("grpc-timeout"):
        timeout = GRPCTimeout.parse(String(decoding: value, as: UTF8.self))
        hasBadTimeout = timeout == nil
      case 13 where name.equals("grpc-encoding"):
        encoding = String(decoding: value, as: UTF8.self)
      case 14 where name.equals("content-length"): break
      case 20 where name.equals("grpc-accept-encoding"):
        acceptedEncodings.formUnion(MessageEncodings(list: value))
      default:
        if name[0] != UInt8(ascii: ":") { metadata.add(name, value, neverIndexed: neverIndexed) }
      }
    }
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
