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

  /// `Pour`: as many messages of 64 KiB as are asked for.
  static let pour = MethodDescriptor(
    service: "tenantry.bench.v1.Echo", method: "Pour", kind: .serverStreaming)

  /// A router with all; with `fails` the unary ones say `UNAVAILABLE`, as without their database.
  static func router(fails: Bool) -> Router {
    var router = Router()
    let drop = GoogleProtobuf.BytesValue(value: [UInt8](repeating: 120, count: 64 << 10))
    router.serverStreaming(pour) {
      (count: GoogleProtobuf.UInt32Value, writer: ResponseWriter<GoogleProtobuf.BytesValue>, _) in
      for _ in 0..<count.value { try await writer.write(drop) }
    }
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
