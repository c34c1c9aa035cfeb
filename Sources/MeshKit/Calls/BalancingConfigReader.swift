import MeshRPC

/// Reads `loadBalancingConfig`, the part of a service config that says how endpoints are chosen.
enum BalancingConfigReader {
  /// How often endpoints may be judged: each time all of them are looked at.
  private static let leastInterval = Duration.milliseconds(10)

  /// How endpoints are chosen, and which are taken out; nil leaves that to the channel.
  struct Balancing: Equatable {
    var policy: Balancer.Policy
    var outliers: OutlierDetection.Config?
  }

  /// Reads the first policy of the list that is known here.
  static func read(_ list: [ConfigObject]) throws(ServiceConfigError) -> Balancing {
    guard
      let (name, object) = try first(of: list, Self.plain.union(["outlier_detection_experimental"]))
    else { throw unknown("loadBalancingConfig") }
    guard name == "outlier_detection_experimental" else {
      return Balancing(policy: try policy(name, object))
    }
    return try outlierDetection(object)
  }

  /// The policies that choose, by their names in JSON.
  private static let plain: Set<String> = [
    "pick_first", "round_robin", "least_request_experimental",
  ]

  private static func first(
    of list: [ConfigObject], _ known: Set<String>
  ) throws(ServiceConfigError) -> (String, ConfigObject)? {
    for entry in list {
      var entry = entry
      guard let name = entry.onlyName else {
        throw ServiceConfigError(entry.path, "must have one field, the policy's name")
      }
      guard let policy = try entry.object(name), known.contains(name) else { continue }
      return (name, policy)
    }
    return nil
  }

  private static func unknown(_ field: String) -> ServiceConfigError {
    ServiceConfigError(field, "names no policy that is known here")
  }

  private static func policy(
    _ name: String, _ object: ConfigObject
  ) throws(ServiceConfigError) -> Balancer.Policy {
    var object = object
    let policy: Balancer.Policy
    switch name {
    case "pick_first":
      policy = .pickFirst(shuffled: try object.bool("shuffleAddressList") ?? false)
    case "round_robin": policy = .roundRobin
    default:
      // Ours weighs latency too, and always compares two endpoints (gRFC A48's default).
      let choices = try object.integer("choiceCount") ?? 2
      guard choices == 2 else {
        throw ServiceConfigError("\(object.path).choiceCount", "is \(choices); must be 2")
      }
      policy = .leastLoad()
    }
    try object.end()
    return policy
  }

  /// gRFC A50's policy around another; a rule that is absent does not eject anybody.
  ///
  /// Numbers that are absent are gRFC A50's, but for `minimumHosts`, which is 2 here.
  private static func outlierDetection(
    _ object: ConfigObject
  ) throws(ServiceConfigError) -> Balancing {
    var object = object
    var config = OutlierDetection.Config()
    // What is written is the whole: gRFC A50 knows no rule about failures on end.
    config.failuresOnEnd = nil
    config.interval =
      try object.duration("interval", atLeast: leastInterval) ?? config.interval
    config.baseEjection =
      try object.duration("baseEjectionTime", atLeast: .zero) ?? config.baseEjection
    config.longestEjection =
      try object.duration("maxEjectionTime", atLeast: .zero) ?? config.longestEjection
    config.ejectedPercent =
      try object.integer("maxEjectionPercent", in: 0...100) ?? config.ejectedPercent
    config.successRate = try object.object("successRateEjection").map(successRate)
    config.failurePercentage = try object.object("failurePercentageEjection").map(failurePercentage)
    let path = "\(object.path).childPolicy"
    let children = try object.required(object.objects("childPolicy"), "childPolicy")
    try object.end()
    guard let (name, child) = try first(of: children, plain) else { throw unknown(path) }
    return Balancing(policy: try policy(name, child), outliers: config)
  }

  private static func successRate(
    _ object: ConfigObject
  ) throws(ServiceConfigError) -> OutlierDetection.SuccessRate {
    var object = object
    var rule = OutlierDetection.SuccessRate()
    rule.deviations = try object.integer("stdevFactor", in: counts) ?? rule.deviations
    rule.enforced = try object.integer("enforcementPercentage", in: 0...100) ?? rule.enforced
    rule.hosts = try object.integer("minimumHosts", in: counts) ?? rule.hosts
    rule.calls = try object.integer("requestVolume", in: counts) ?? rule.calls
    try object.end()
    return rule
  }

  private static func failurePercentage(
    _ object: ConfigObject
  ) throws(ServiceConfigError) -> OutlierDetection.FailurePercentage {
    var object = object
    var rule = OutlierDetection.FailurePercentage()
    rule.threshold = try object.integer("threshold", in: 0...100) ?? rule.threshold
    rule.enforced = try object.integer("enforcementPercentage", in: 0...100) ?? rule.enforced
    rule.hosts = try object.integer("minimumHosts", in: counts) ?? rule.hosts
    rule.calls = try object.integer("requestVolume", in: counts) ?? rule.calls
    try object.end()
    return rule
  }

  /// What a `uint32` may be.
  private static let counts = 0...Int(UInt32.max)
}
