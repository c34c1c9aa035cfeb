/// How a service wants to be called: gRPC's service config, as far as calls go (gRPC core,
/// `doc/service_config.md`).
package struct ServiceConfig: Sendable, Equatable {
  /// What holds for which methods.
  package let methods: [MethodConfig]
  /// When retries stop; nil never stops them.
  package let throttling: RetryThrottling?
  /// The service whose health decides whether an endpoint gets calls; nil does not ask.
  package let healthService: String?
  /// How the endpoint of a call is chosen; nil leaves it to the channel.
  package let balancing: Balancer.Policy?
  /// Which endpoints are taken out for a while; nil leaves it to the channel.
  package let outliers: OutlierDetection.Config?
  private let byPath: [String: Int]

  /// Puts a config together; throws when two methods' configs share a name, or when a number is out
  /// of its bounds.
  package init(
    methods: [MethodConfig] = [], throttling: RetryThrottling? = nil, healthService: String? = nil,
    balancing: Balancer.Policy? = nil, outliers: OutlierDetection.Config? = nil
  ) throws(ServiceConfigError) {
    var byPath: [String: Int] = [:]
    for (index, method) in methods.enumerated() {
      let field = "methodConfig[\(index)]"
      try Self.check(method, field)
      for name in method.names {
        guard byPath.updateValue(index, forKey: Self.path(name)) == nil else {
          throw ServiceConfigError("\(field).name", "\(Self.text(name)) is named twice")
        }
      }
    }
    self.methods = methods
    self.throttling = throttling
    self.healthService = healthService
    self.balancing = balancing
    self.outliers = outliers
    self.byPath = byPath
  }

  /// What holds for a method: its own config, else its service's, else the one for all.
  package func config(for method: MethodDescriptor) -> MethodConfig? {
    guard !byPath.isEmpty else { return nil }
    let index =
      byPath[method.path] ?? byPath[Self.path(.service(method.service))] ?? byPath[Self.path(.all)]
    return index.map { methods[$0] }
  }

  private static func path(_ name: MethodConfig.Name) -> String {
    switch name {
    case .method(let service, let method): "/\(service)/\(method)"
    case .service(let service): "/\(service)/"
    case .all: ""
    }
  }

  private static func text(_ name: MethodConfig.Name) -> String {
    switch name {
    case .method(let service, let method): "\(service)/\(method)"
    case .service(let service): service
    case .all: "the default"
    }
  }

  private static func check(_ config: MethodConfig, _ field: String) throws(ServiceConfigError) {
    for name in config.names {
      switch name {
      case .method(let service, let method) where service.isEmpty || method.isEmpty:
        throw ServiceConfigError("\(field).name", "a method needs its service and its own name")
      case .service(let service) where service.isEmpty:
        throw ServiceConfigError("\(field).name", "a service needs its name")
      case .method, .service, .all: break
      }
    }
    if let timeout = config.timeout, timeout < .zero {
      throw ServiceConfigError("\(field).timeout", "must not be less than 0s")
    }
    if let limit = config.maxRequestBytes, !(0...Int(UInt32.max)).contains(limit) {
      throw ServiceConfigError("\(field).maxRequestMessageBytes", "must be 0 to 4294967295")
    }
    if let limit = config.maxResponseBytes, !(0...Int(UInt32.max)).contains(limit) {
      throw ServiceConfigError("\(field).maxResponseMessageBytes", "must be 0 to 4294967295")
    }
  }
}
