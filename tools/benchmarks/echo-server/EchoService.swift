import MeshAPI
import MeshRPC

/// The service of `tools/benchmarks/echo.proto`.
enum EchoService {
  /// `Nothing`: an empty message each way.
  static let nothing = MethodDescriptor(
    service: "tenantry.bench.v1.Echo", method: "Nothing", kind: .unary)
  /// `Say`: the same text back.
  static let say = MethodDescriptor(
    service: "tenantry.bench.v1.Echo", method: "Say", kind: .unary)

  /// A router with both.
  static func router() -> Router {
    var router = Router()
    router.unary(nothing) { (request: GoogleProtobuf.Empty, _) in request }
    router.unary(say) { (request: GoogleProtobuf.StringValue, _) in request }
    return router
  }
}
