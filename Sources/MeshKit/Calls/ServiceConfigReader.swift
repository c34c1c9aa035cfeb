import MeshAPI
import MeshProto
package import MeshRPC

/// Reads gRPC's JSON form of a service config (gRPC core, `doc/service_config.md`).
///
/// Strict where gRPC is lenient: a field that is not known here is refused, so that a misspelt one
/// does not go unheeded.
package enum ServiceConfigReader {
  /// Reads a config; throws what is wrong with which field.
  package static func read(_ json: String) throws(ServiceConfigError) -> ServiceConfig {
    var root: ConfigObject
    do throws(ProtoError) {
      root = ConfigObject(path: "", try GoogleProtobuf.Struct(json: json))
    } catch {
      throw ServiceConfigError("service config", "is no JSON object: \(error)")
    }
    var methods: [MethodConfig] = []
    for method in try root.objects("methodConfig") ?? [] { methods.append(try Self.method(method)) }
    let throttling = try root.object("retryThrottling").map(throttling)
    let health = try root.object("healthCheckConfig").map(healthService)
    let balancing = try root.objects("loadBalancingConfig").map {
      list throws(ServiceConfigError) in try BalancingConfigReader.read(list)
    }
    try root.end()
    return try ServiceConfig(
      methods: methods, throttling: throttling, healthService: health ?? nil,
      balancing: balancing?.policy, outliers: balancing?.outliers)
  }

  private static func method(_ object: ConfigObject) throws(ServiceConfigError) -> MethodConfig {
    var object = object
    var config = MethodConfig(names: [])
    for name in try object.objects("name") ?? [] { config.names.append(try Self.name(name)) }
    config.waitForReady = try object.bool("waitForReady")
    config.timeout = try object.duration("timeout")
    config.maxRequestBytes = try object.integer("maxRequestMessageBytes")
    config.maxResponseBytes = try object.integer("maxResponseMessageBytes")
    let retry = try object.object("retryPolicy")
    let hedging = try object.object("hedgingPolicy")
    switch (retry, hedging) {
    case (nil, nil): break
    case (let retry?, nil): config.repetition = .retry(try retryPolicy(retry))
    case (nil, let hedging?): config.repetition = .hedge(try hedgingPolicy(hedging))
    case (_?, let hedging?):
      throw ServiceConfigError(hedging.path, "excludes retryPolicy, which is there too")
    }
    try object.end()
    return config
  }

  private static func name(_ object: ConfigObject) throws(ServiceConfigError) -> MethodConfig.Name {
    var object = object
    // Absent, null and empty are the same.
    let service = try object.string("service") ?? ""
    let method = try object.string("method") ?? ""
    try object.end()
    if service.isEmpty, method.isEmpty { return .all }
    guard !service.isEmpty else {
      throw ServiceConfigError("\(object.path).service", "is missing beside a method")
    }
    return method.isEmpty ? .service(service) : .method(service: service, method: method)
  }

  private static func retryPolicy(_ object: ConfigObject) throws(ServiceConfigError) -> RetryPolicy
  {
    var object = object
    let attempts = try object.required(object.integer("maxAttempts"), "maxAttempts")
    let initial = try object.required(object.duration("initialBackoff"), "initialBackoff")
    let longest = try object.required(object.duration("maxBackoff"), "maxBackoff")
    let multiplier = try object.required(object.number("backoffMultiplier"), "backoffMultiplier")
    let codes = try object.required(
      object.codes("retryableStatusCodes"), "retryableStatusCodes")
    try object.end()
    do throws(ServiceConfigError) {
      return try RetryPolicy(
        maxAttempts: attempts, initialBackoff: initial, maxBackoff: longest,
        backoffMultiplier: multiplier, retryableCodes: codes)
    } catch {
      throw error.within(object.path)
    }
  }

  private static func hedgingPolicy(
    _ object: ConfigObject
  ) throws(ServiceConfigError) -> HedgingPolicy {
    var object = object
    let attempts = try object.required(object.integer("maxAttempts"), "maxAttempts")
    let delay = try object.duration("hedgingDelay") ?? .zero
    let codes = try object.codes("nonFatalStatusCodes") ?? []
    try object.end()
    do throws(ServiceConfigError) {
      return try HedgingPolicy(maxAttempts: attempts, delay: delay, nonFatalCodes: codes)
    } catch {
      throw error.within(object.path)
    }
  }

  private static func throttling(
    _ object: ConfigObject
  ) throws(ServiceConfigError) -> RetryThrottling {
    var object = object
    let tokens = try object.required(object.integer("maxTokens"), "maxTokens")
    let ratio = try object.required(object.number("tokenRatio"), "tokenRatio")
    try object.end()
    do throws(ServiceConfigError) {
      return try RetryThrottling(maxTokens: tokens, tokenRatio: ratio)
    } catch {
      throw error.within(object.path)
    }
  }

  private static func healthService(_ object: ConfigObject) throws(ServiceConfigError) -> String? {
    var object = object
    let service = try object.string("serviceName")
    try object.end()
    return service
  }
}
