import MeshAPI
import MeshKit
import MeshRPC
import MeshTransport

/// One plane's front door: gRPC calls, JSON calls, and health, which needs no credential.
struct Front: Sendable {
  private let plane: OptionsV1.Plane
  private let gate: Gate
  private let forwarder: Forwarder
  private let json: JSONGateway
  private let health: Health
  private let errors: OutwardErrors

  /// Opens `plane`.
  init(
    plane: OptionsV1.Plane, gate: Gate, upstreams: Upstreams, health: Health,
    errors: OutwardErrors, callTimeout: Duration
  ) {
    self.plane = plane
    self.gate = gate
    self.health = health
    self.errors = errors
    forwarder = Forwarder(upstreams: upstreams)
    json = JSONGateway(
      gate: gate, upstreams: upstreams, plane: plane, errors: errors, timeout: callTimeout)
  }

  /// The plane's router: health for everybody, everything else through the gate.
  var router: Router {
    var router = Router()
    HealthService(health, services: []).register(on: &router)
    router.fallback = serve
    return router
  }

  /// Serves one gRPC call to its end.
  private func serve(_ call: ServerCall) async {
    var requestID: String?
    do {
      let admission = try await gate.admit(
        path: call.path, metadata: call.metadata, plane: plane, ip: call.peer.host)
      requestID = admission.requestID
      call.addInitial(admission.requestID, for: CallerHeaders.requestID)
      try await forwarder.forward(call, admission)
    } catch {
      call.finish(Status(errors.error(error, path: call.path, requestID: requestID)))
    }
  }

  /// Answers one request that is no gRPC call.
  func servePlain(_ request: PlainRequest) async -> PlainResponse {
    guard request.path != "/healthz" else {
      let text = health.isServing ? "serving" : "not serving"
      return PlainResponse(
        status: health.isServing ? 200 : 503, headers: [("content-type", "text/plain")],
        body: Array("\(text)\n".utf8))
    }
    return await json.serve(request)
  }
}
