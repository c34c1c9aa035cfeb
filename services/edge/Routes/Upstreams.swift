import MeshAPI
import MeshRPC

/// Which service answers which method: the gRPC services of the contract by their full name.
struct Upstreams: Sendable {
  private let channels: [String: any Channel]

  /// Maps each gRPC service's full name to the channel of the process that serves it.
  init(_ channels: [String: any Channel]) {
    self.channels = channels
  }

  /// The way to a method; throws `UNAVAILABLE` for one whose process this edge was not told of.
  func channel(for method: MethodDescriptor) throws(RPCError) -> any Channel {
    guard let channel = channels[method.service] else {
      throw RPCError(.unavailable, "\(method.service) is not part of this mesh")
    }
    return channel
  }
}
