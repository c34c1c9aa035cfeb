/// The one call of gRPC's health protocol that a channel makes itself (gRPC core,
/// `doc/health-checking.md`), and its two messages.
package enum HealthProtocol {
  /// Answers the health of a service, now and at every change.
  package static let watch = MethodDescriptor(
    service: "grpc.health.v1.Health", method: "Watch", kind: .serverStreaming)

  /// Asks for a service; empty is the server as a whole.
  package static func request(_ service: String) -> WireMessage {
    precondition(service.utf8.count < 128, "a service's name has at most 127 bytes")
    // Field 1, a string.
    return WireMessage(
      payload: service.isEmpty ? [] : [0x0A, UInt8(service.utf8.count)] + Array(service.utf8))
  }

  /// Whether the answer says SERVING.
  package static func isServing(_ answer: WireMessage) -> Bool {
    // Field 1, an enum whose SERVING is 1. Other answers say more words for no.
    answer.withPayload { $0.count >= 2 && $0[$0.startIndex] == 0x08 && $0[$0.startIndex + 1] == 1 }
  }
}
