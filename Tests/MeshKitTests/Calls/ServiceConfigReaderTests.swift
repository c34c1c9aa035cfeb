import MeshRPC
import Testing

@testable import MeshKit

@Suite("A service config in JSON")
struct ServiceConfigReaderTests {
  @Test("is read in full")
  func full() throws {
    let config = try ServiceConfigReader.read(
      """
      {
        "methodConfig": [
          {
            "name": [{"service": "a.B", "method": "Get"}, {"service": "c.D", "method": null}],
            "waitForReady": true,
            "timeout": "1.5s",
            "maxRequestMessageBytes": 1024,
            "maxResponseMessageBytes": 0,
            "retryPolicy": {
              "maxAttempts": 3, "initialBackoff": "0.01s", "maxBackoff": "2s",
              "backoffMultiplier": 1.5, "retryableStatusCodes": ["UNAVAILABLE", 8]
            }
          },
          {
            "name": [{}],
            "hedgingPolicy": {
              "maxAttempts": 2, "hedgingDelay": "0.5s", "nonFatalStatusCodes": ["INTERNAL"]
            }
          }
        ],
        "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
        "healthCheckConfig": {"serviceName": "a.B"},
        "loadBalancingConfig": [{"unheard_of": {}}, {"round_robin": {}}]
      }
      """)
    let retry = try RetryPolicy(
      maxAttempts: 3, initialBackoff: .milliseconds(10), maxBackoff: .seconds(2),
      backoffMultiplier: 1.5, retryableCodes: [.unavailable, .resourceExhausted])
    let hedge = try HedgingPolicy(
      maxAttempts: 2, delay: .milliseconds(500), nonFatalCodes: [.internal])
    let expected = try ServiceConfig(
      methods: [
        MethodConfig(
          names: [.method(service: "a.B", method: "Get"), .service("c.D")], waitForReady: true,
          timeout: .milliseconds(1500), maxRequestBytes: 1024, maxResponseBytes: 0,
          repetition: .retry(retry)),
        MethodConfig(names: [.all], repetition: .hedge(hedge)),
      ],
      throttling: RetryThrottling(maxTokens: 10, tokenRatio: 0.1), healthService: "a.B",
      balancing: .roundRobin)
    #expect(config == expected)
  }

  @Test("is read as gRFC A6 writes it")
  func example() throws {
    let config = try ServiceConfigReader.read(
      """
      {
        "methodConfig": [
          {
            "name": [{}],
            "retryPolicy": {
              "maxAttempts": 4, "initialBackoff": ".1s", "maxBackoff": "1s",
              "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]
            }
          }
        ]
      }
      """)
    let retry = try RetryPolicy(
      maxAttempts: 4, initialBackoff: .milliseconds(100), maxBackoff: .seconds(1),
      backoffMultiplier: 2, retryableCodes: [.unavailable])
    #expect(config.methods.first?.repetition == .retry(retry))
  }

  @Test(
    "that breaks a rule is refused by the field's name",
    arguments: [
      (#"[]"#, "service config"),
      (#"{"methodconfig": []}"#, "methodconfig"),
      (#"{"methodConfig": {}}"#, "methodConfig"),
      (#"{"methodConfig": [{"name": [{"method": "Get"}]}]}"#, "methodConfig[0].name[0].service"),
      (#"{"methodConfig": [{"timeout": 3}]}"#, "methodConfig[0].timeout"),
      (#"{"methodConfig": [{"timeout": "3"}]}"#, "methodConfig[0].timeout"),
      (#"{"methodConfig": [{"timeout": "-3s"}]}"#, "methodConfig[0].timeout"),
      (#"{"methodConfig": [{"waitForReady": "yes"}]}"#, "methodConfig[0].waitForReady"),
      (
        #"{"methodConfig": [{"maxRequestMessageBytes": 1.5}]}"#,
        "methodConfig[0].maxRequestMessageBytes"
      ),
      (
        #"{"methodConfig": [{"maxResponseMessageBytes": -1}]}"#,
        "methodConfig[0].maxResponseMessageBytes"
      ),
      (
        #"{"methodConfig": [{}, {"name": [{"service": "a"}, {"service": "a"}]}]}"#,
        "methodConfig[1].name"
      ),
      (#"{"methodConfig": [{"retryPolicy": {}}]}"#, "methodConfig[0].retryPolicy.maxAttempts"),
      (
        #"{"methodConfig": [{"hedgingPolicy": {"maxAttempts": 1}}]}"#,
        "methodConfig[0].hedgingPolicy.maxAttempts"
      ),
      (
        #"{"methodConfig": [{"hedgingPolicy": {"maxAttempts": 2, "hedgingDelay": "-1s"}}]}"#,
        "methodConfig[0].hedgingPolicy.hedgingDelay"
      ),
      (
        #"{"methodConfig": [{"hedgingPolicy": {"nonFatalStatusCodes": ["unavailable"]}}]}"#,
        "methodConfig[0].hedgingPolicy.maxAttempts"
      ),
      (
        #"{"methodConfig": [{"hedgingPolicy": {"maxAttempts": 2, "nonFatalStatusCodes": [17]}}]}"#,
        "methodConfig[0].hedgingPolicy.nonFatalStatusCodes[0]"
      ),
      (
        #"{"methodConfig": [{"retryPolicy": {}, "hedgingPolicy": {}}]}"#,
        "methodConfig[0].hedgingPolicy"
      ),
      (#"{"retryThrottling": {"maxTokens": 0, "tokenRatio": 1}}"#, "retryThrottling.maxTokens"),
      (#"{"retryThrottling": {"maxTokens": 5}}"#, "retryThrottling.tokenRatio"),
      (#"{"loadBalancingConfig": [{"unheard_of": {}}]}"#, "loadBalancingConfig"),
      (#"{"loadBalancingConfig": [{"a": {}, "b": {}}]}"#, "loadBalancingConfig[0]"),
      (
        #"{"loadBalancingConfig": [{"least_request_experimental": {"choiceCount": 3}}]}"#,
        "loadBalancingConfig[0].least_request_experimental.choiceCount"
      ),
      (#"{"healthCheckConfig": {"serviceName": 1}}"#, "healthCheckConfig.serviceName"),
    ])
  func refused(json: String, field: String) {
    let error = #expect(throws: ServiceConfigError.self) { try ServiceConfigReader.read(json) }
    #expect(error?.field == field)
  }

  /// A config that takes outliers out, with some fields.
  private static func outliers(
    _ fields: String, child: String = #""childPolicy": [{"round_robin": {}}]"#
  ) -> String {
    let all = [fields, child].filter { !$0.isEmpty }.joined(separator: ", ")
    return #"{"loadBalancingConfig": [{"outlier_detection_experimental": {\#(all)}}]}"#
  }

  @Test("takes outliers out as it says, around another policy")
  func outlierDetection() throws {
    let config = try ServiceConfigReader.read(
      Self.outliers(
        """
        "interval": "5s", "baseEjectionTime": "0.5s", "maxEjectionTime": "60s",
        "maxEjectionPercent": 50,
        "successRateEjection": {
          "stdevFactor": 1000, "enforcementPercentage": 90, "minimumHosts": 3, "requestVolume": 10
        },
        "failurePercentageEjection": {
          "threshold": 70, "enforcementPercentage": 0, "minimumHosts": 4, "requestVolume": 20
        }
        """))
    var expected = OutlierDetection.Config()
    expected.failuresOnEnd = nil
    (expected.interval, expected.baseEjection) = (.seconds(5), .milliseconds(500))
    (expected.longestEjection, expected.ejectedPercent) = (.seconds(60), 50)
    expected.successRate?.deviations = 1000
    expected.successRate?.enforced = 90
    expected.successRate?.hosts = 3
    expected.successRate?.calls = 10
    expected.failurePercentage?.threshold = 70
    expected.failurePercentage?.enforced = 0
    expected.failurePercentage?.hosts = 4
    expected.failurePercentage?.calls = 20
    #expect(config.outliers == expected)
    #expect(config.balancing == .roundRobin)
  }

  @Test("takes nobody out by a rule that is absent, and has the usual numbers in one that is empty")
  func outlierDefaults() throws {
    var expected = OutlierDetection.Config()
    expected.failuresOnEnd = nil
    expected.failurePercentage = nil
    let config = try ServiceConfigReader.read(
      Self.outliers(
        #""successRateEjection": {}"#,
        child: #""childPolicy": [{"unheard_of": {}}, {"pick_first": {}}]"#))
    #expect(config.outliers == expected)
    #expect(config.balancing == .pickFirst())
    #expect(try PolicyRetries.config(refined: config).outliers == expected)
    let silent = try ServiceConfigReader.read(#"{"loadBalancingConfig": [{"round_robin": {}}]}"#)
    #expect(silent.outliers == nil)
  }

  @Test(
    "whose outlier detection breaks a rule is refused by the field and the rule",
    arguments: [
      (#""interval": "0s""#, ".interval", "the least is 0.01"),
      (#""interval": 5"#, ".interval", "must be a string"),
      (#""baseEjectionTime": "-1s""#, ".baseEjectionTime", "the least is 0.0"),
      (#""maxEjectionTime": "1m""#, ".maxEjectionTime", "a number of seconds"),
      (#""maxEjectionTime": "-0.1s""#, ".maxEjectionTime", "the least is 0.0"),
      (#""maxEjectionPercent": 101"#, ".maxEjectionPercent", "is 101; must be 0 to 100"),
      (#""maxEjectionPercent": -1"#, ".maxEjectionPercent", "is -1; must be 0 to 100"),
      (#""maxEjectionPercent": 1.5"#, ".maxEjectionPercent", "whole number"),
      (#""successRateEjection": []"#, ".successRateEjection", "must be an object"),
      (
        #""successRateEjection": {"stdevFactor": -1}"#, ".successRateEjection.stdevFactor",
        "is -1; must be 0 to 4294967295"
      ),
      (
        #""successRateEjection": {"enforcementPercentage": 101}"#,
        ".successRateEjection.enforcementPercentage", "is 101; must be 0 to 100"
      ),
      (
        #""successRateEjection": {"threshold": 5}"#, ".successRateEjection.threshold",
        "is not known here"
      ),
      (
        #""failurePercentageEjection": {"threshold": 101}"#,
        ".failurePercentageEjection.threshold", "is 101; must be 0 to 100"
      ),
      (
        #""failurePercentageEjection": {"minimumHosts": "5"}"#,
        ".failurePercentageEjection.minimumHosts", "must be a number"
      ),
      (
        #""failurePercentageEjection": {"requestVolume": 4294967296}"#,
        ".failurePercentageEjection.requestVolume", "is 4294967296; must be 0 to 4294967295"
      ),
      (#""ejection": {}"#, ".ejection", "is not known here"),
    ])
  func refusedOutliers(fields: String, field: String, rule: String) {
    let error = #expect(throws: ServiceConfigError.self) {
      try ServiceConfigReader.read(Self.outliers(fields))
    }
    #expect(error?.field == "loadBalancingConfig[0].outlier_detection_experimental\(field)")
    #expect(error?.rule.contains(rule) == true, "\(error?.rule ?? "")")
  }

  @Test(
    "has outlier detection around a policy that chooses, and nothing else",
    arguments: [
      ("", "is missing"), (#""childPolicy": []"#, "names no policy that is known here"),
      (#""childPolicy": [{"unheard_of": {}}]"#, "names no policy that is known here"),
      (
        #""childPolicy": [{"outlier_detection_experimental": {}}]"#,
        "names no policy that is known here"
      ),
    ])
  func childPolicy(child: String, rule: String) {
    let error = #expect(throws: ServiceConfigError.self) {
      try ServiceConfigReader.read(Self.outliers("", child: child))
    }
    #expect(
      error
        == ServiceConfigError(
          "loadBalancingConfig[0].outlier_detection_experimental.childPolicy", rule))
  }

  @Test(
    "chooses among endpoints by the first policy that is known",
    arguments: [
      (#"{"pick_first": {"shuffleAddressList": true}}"#, Balancer.Policy.pickFirst(shuffled: true)),
      (#"{"pick_first": {}}, {"round_robin": {}}"#, .pickFirst()),
      (#"{"least_request_experimental": {"choiceCount": 2}}"#, .leastLoad()),
    ])
  func balancing(list: String, expected: Balancer.Policy) throws {
    let config = try ServiceConfigReader.read(#"{"loadBalancingConfig": [\#(list)]}"#)
    #expect(config.balancing == expected)
  }

  private static let complete =
    #""maxAttempts": 2, "initialBackoff": "1s", "maxBackoff": "1s", "backoffMultiplier": 2, "#
    + #""retryableStatusCodes": ["UNAVAILABLE"]"#

  @Test(
    "needs every field of a retry policy",
    arguments: [
      "maxAttempts", "initialBackoff", "maxBackoff", "backoffMultiplier", "retryableStatusCodes",
    ])
  func required(field: String) throws {
    func json(_ policy: String) -> String { #"{"methodConfig": [{"retryPolicy": {\#(policy)}}]}"# }
    _ = try ServiceConfigReader.read(json(Self.complete))
    let without = Self.complete.replacing("\"\(field)\"", with: "\"other\"")
    #expect(throws: ServiceConfigError("methodConfig[0].retryPolicy.\(field)", "is missing")) {
      try ServiceConfigReader.read(json(without))
    }
  }
}
