/// A method's name and shape, as its service declares them.
package struct MethodDescriptor: Sendable, Hashable {
  /// Which side sends how many messages.
  package enum Kind: Sendable, Hashable {
    /// One message each way.
    case unary
    /// Many requests, one response.
    case clientStreaming
    /// One request, many responses.
    case serverStreaming
    /// Many each way, independently.
    case bidirectionalStreaming
  }

  /// The service's full name, for example `tenantry.tenants.v1.AppService`.
  package let service: String
  /// The method's name, for example `CreateApp`.
  package let method: String
  /// What `:path` carries: `/service/method`.
  package let path: String
  /// The method's shape.
  package let kind: Kind

  /// Makes the descriptor of `service`'s `method`.
  package init(service: String, method: String, kind: Kind) {
    self.service = service
    self.method = method
    self.path = "/\(service)/\(method)"
    self.kind = kind
  }
}
