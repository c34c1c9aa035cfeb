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
