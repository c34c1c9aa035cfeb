import MeshAPI
import MeshProto
import MeshRPC
import MeshText

/// An error as Connect's unary protocol writes it: an HTTP status and a JSON body
/// (connectrpc.com/docs/protocol, "Error codes").
struct ConnectError {
  /// The HTTP status.
  let status: Int
  /// The code's name in Connect, for example `not_found`.
  let name: String

  /// The form of a gRPC code.
  init(_ code: StatusCode) {
    switch code {
    case .ok: (status, name) = (200, "ok")
    case .cancelled: (status, name) = (499, "canceled")
    case .unknown: (status, name) = (500, "unknown")
    case .invalidArgument: (status, name) = (400, "invalid_argument")
    case .deadlineExceeded: (status, name) = (504, "deadline_exceeded")
    case .notFound: (status, name) = (404, "not_found")
    case .alreadyExists: (status, name) = (409, "already_exists")
    case .permissionDenied: (status, name) = (403, "permission_denied")
    case .resourceExhausted: (status, name) = (429, "resource_exhausted")
    case .failedPrecondition: (status, name) = (400, "failed_precondition")
    case .aborted: (status, name) = (409, "aborted")
    case .outOfRange: (status, name) = (400, "out_of_range")
    case .unimplemented: (status, name) = (501, "unimplemented")
    case .internal: (status, name) = (500, "internal")
    case .unavailable: (status, name) = (503, "unavailable")
    case .dataLoss: (status, name) = (500, "data_loss")
    case .unauthenticated: (status, name) = (401, "unauthenticated")
    }
  }
}

/// The JSON body of a failed call.
struct ConnectBody {
  private let code: String
  private let message: String
  private let details: [GoogleProtobuf.AnyMessage]

  /// The body for an error; details that cannot be read are left out.
  init(_ error: RPCError) {
    code = ConnectError(error.code).name
    message = error.message
    // The code and the message say what matters; a detail that is none adds nothing.
    details = (try? GoogleRpc.Status(bytes: error.details))?.details ?? []
  }

  /// The body's bytes.
  var json: [UInt8] {
    var text = #"{"code":"\#(code)","message":\#(Self.quoted(message))"#
    if !details.isEmpty {
      let items = details.map { detail in
        let type = detail.typeURL.split(separator: "/").last ?? ""
        let value = Base64.encode(detail.value, padded: false)
        return #"{"type":\#(Self.quoted(String(type))),"value":"\#(value)"}"#
      }
      text += #","details":[\#(items.joined(separator: ","))]"#
    }
    return Array((text + "}").utf8)
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\u{00}"..<"\u{20}":
        let hex = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
