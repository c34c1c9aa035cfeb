import MeshHTTP2
import MeshRPC
import MeshText

/// What the headers or trailers of an answer say.
struct ResponseHead {
  var httpStatus = 0
  /// `content-type` when it is none of gRPC's, or absent.
  var foreignContentType: String? = ""
  var encoding = ""
  var grpcStatus: Int?
  var message = ""
  var details: [UInt8] = []
  var metadata = Metadata()

  /// Reads a header block.
  init(_ headers: FieldList) {
    headers.forEach { name, value, neverIndexed in read(name, value, neverIndexed) }
  }

  private mutating func read(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ neverIndexed: Bool
  ) {
    var text: String { String(decoding: value, as: UTF8.self) }
    switch name.count {
    case 7 where name.equals(":status"): httpStatus = Int(text) ?? 0
    case 11 where name.equals("grpc-status"):
      grpcStatus = Int(text) ?? StatusCode.unknown.rawValue
    case 12 where name.equals("content-type"):
      foreignContentType = GRPCHeaders.isGRPC(contentType: value) ? nil : text
    case 12 where name.equals("grpc-message"): message = PercentCoding.decode(text)
    case 13 where name.equals("grpc-encoding"): encoding = text
    case 20 where name.equals("grpc-accept-encoding"): break
    case 23 where name.equals("grpc-status-details-bin"):
      // Details that are no base64 are left out; the code and the message still hold.
      details = Base64.decode(text, padding: .optional) ?? []
    default:
      guard name[0] != UInt8(ascii: ":") else { return }
      metadata.add(name, value, neverIndexed: neverIndexed)
    }
  }

  /// The outcome that these trailers tell; nil when they tell none.
  var status: Status? {
    guard let grpcStatus else { return nil }
    return Status(
      code: StatusCode(rawValue: grpcStatus) ?? .unknown, message: message, details: details,
      trailers: metadata)
  }

  /// Why these headers are no answer of a gRPC server; nil when they are.
  var fault: RPCError? {
    guard httpStatus == 200 else {
      return RPCError(
        StatusMapping.code(httpStatus: httpStatus), "the server answered HTTP \(httpStatus)")
    }
    if let foreignContentType {
      return RPCError(
        .unknown, "the server answered with content-type \"\(foreignContentType.prefix(64))\"")
    }
    guard encoding.isEmpty || MessageEncoding(name: encoding) != nil else {
      return RPCError(.internal, "the server compresses with \(encoding.prefix(32)) unasked")
    }
    return nil
  }
}
