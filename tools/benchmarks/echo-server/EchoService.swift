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

  /// A router with both; with `fails` both answer `UNAVAILABLE`, as without their database.
  static func router(fails: Bool) -> Router {
    var router = Router()
    if fails {
      let failure = RPCError(.unavailable, "told to fail")
      router.unary(nothing) { (_: GoogleProtobuf.Empty, _) -> GoogleProtobuf.Empty in throw failure
      }
      router.unary(say) { (_: GoogleProtobuf.StringValue, _) -> GoogleProtobuf.StringValue in
        throw failure
      }
      return router
    }
    router.unary(nothing) { (request: GoogleProtobuf.Empty, _) in request }
    router.unary(say) { (request: GoogleProtobuf.StringValue, _) in request }
    return router
  }
}
