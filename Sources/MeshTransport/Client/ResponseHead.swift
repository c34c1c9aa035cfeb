import MeshHTTP2
import MeshRPC
import MeshText

/// What the headers or trailers of an answer say.
struct ResponseHead {
  var httpStatus = 0
  var contentType = ""
  var encoding = ""
  var grpcStatus: Int?
  var message = ""
  var details: [UInt8] = []
  var metadata = Metadata()

  /// Reads a header block.
  init(_ block: HeaderBlock) {
    block.forEach { name, value, _ in
      if name.equals("grpc-status") {
        grpcStatus = Int(String(value)) ?? StatusCode.unknown.rawValue
      } else if name.equals(":status") {
        httpStatus = Int(String(value)) ?? 0
      } else if name.equals("content-type") {
        contentType = String(value)
      } else if name.equals("grpc-message") {
        message = PercentCoding.decode(String(value))
      } else if name.equals("grpc-encoding") {
        encoding = String(value)
      } else if name.equals("grpc-status-details-bin") {
        // Details that are no base64 are left out; the code and the message still hold.
        details = Base64.decode(String(value), padding: .optional) ?? []
      } else if name[0] != UInt8(ascii: ":"), !name.equals("grpc-accept-encoding") {
        GRPCHeaders.add(name, value, to: &metadata)
      }
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
    guard contentType.hasPrefix("application/grpc") else {
      return RPCError(
        .unknown, "the server answered with content-type \"\(contentType.prefix(64))\"")
    }
    guard encoding.isEmpty || MessageEncoding(name: encoding) != nil else {
      return RPCError(.internal, "the server compresses with \(encoding.prefix(32)) unasked")
    }
    return nil
  }
}
