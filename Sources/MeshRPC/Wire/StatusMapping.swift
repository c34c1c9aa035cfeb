/// Statuses for calls that end without one (gRPC core, `doc/http-grpc-status-mapping.md` and
/// "Errors" in gRPC over HTTP/2).
package enum StatusMapping {
  /// The code for an HTTP answer that carries no `grpc-status`.
  package static func code(httpStatus: Int) -> StatusCode {
    switch httpStatus {
    case 400: .internal
    case 401: .unauthenticated
    case 403: .permissionDenied
    case 404: .unimplemented
    case 429, 502, 503, 504: .unavailable
    default: .unknown
    }
  }

  /// The code for a stream that the peer reset with this HTTP/2 error code.
  package static func code(http2Error: UInt32) -> StatusCode {
    switch http2Error {
    case 0x7: .unavailable  // REFUSED_STREAM
    case 0x8: .cancelled  // CANCEL
    case 0xB: .resourceExhausted  // ENHANCE_YOUR_CALM
    case 0xC: .permissionDenied  // INADEQUATE_SECURITY
    default: .internal
    }
  }
}
