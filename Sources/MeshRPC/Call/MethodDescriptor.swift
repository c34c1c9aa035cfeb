import Synchronization

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
  /// The descriptor's place among those that the process has made, from 0: tables of methods are
  /// looked up by it.
  package let number: Int

  private static let made = Atomic<Int>(0)

  /// Makes the descriptor of `service`'s `method`.
  package init(service: String, method: String, kind: Kind) {
    self.service = service
    self.method = method
    self.path = "/\(service)/\(method)"
    self.kind = kind
    number = Self.made.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  /// Whether two descriptors are of the same method.
  package static func == (left: MethodDescriptor, right: MethodDescriptor) -> Bool {
    left.path == right.path && left.kind == right.kind
  }

  /// Hashes what makes descriptors equal.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(path)
    hasher.combine(kind)
  }
}
