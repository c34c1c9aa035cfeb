/// The one call of gRPC's health protocol that a channel makes itself (gRPC core,
/// `doc/health-checking.md`), and its two messages.
package enum HealthProtocol {
  /// Answers the health of a service, now and at every change.
  package static let watch = MethodDescriptor(
    service: "grpc.health.v1.Health", method: "Watch", kind: .serverStreaming)

  /// Asks for a service; empty is the server as a whole.
  package static func request(_ service: String) -> WireMessage {
    guard !service.isEmpty else { return WireMessage(payload: []) }
    // Field 1, a string, behind its length in groups of seven bits.
    var payload: [UInt8] = [0x0A]
    var length = service.utf8.count
    while length > 0x7F {
      payload.append(UInt8(truncatingIfNeeded: length) | 0x80)
      length >>= 7
    }
    payload.append(UInt8(length))
    return WireMessage(payload: payload + Array(service.utf8))
  }

  /// Whether the answer says SERVING.
  package static func isServing(_ answer: WireMessage) -> Bool {
    // Field 1, an enum whose SERVING is 1. Other answers say more words for no.
    answer.withPayload { $0.count >= 2 && $0[$0.startIndex] == 0x08 && $0[$0.startIndex + 1] == 1 }
  }
}
