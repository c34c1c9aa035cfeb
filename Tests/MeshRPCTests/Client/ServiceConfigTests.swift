import Testing

@testable import MeshRPC

@Suite("A service config")
struct ServiceConfigTests {
  private func retries(
    attempts: Int = 2, initial: Duration = .seconds(1), longest: Duration = .seconds(1),
    multiplier: Double = 1, codes: Set<StatusCode> = [.unavailable]
  ) throws(ServiceConfigError) -> RetryPolicy {
    try RetryPolicy(
      maxAttempts: attempts, initialBackoff: initial, maxBackoff: longest,
      backoffMultiplier: multiplier, retryableCodes: codes)
  }

  @Test("reads five attempts out of more, and refuses fewer than two")
  func attempts() throws {
    #expect(try retries(attempts: 9).maxAttempts == 5)
    #expect(throws: ServiceConfigError("maxAttempts", "is 1; must be at least 2")) {
      try retries(attempts: 1)
    }
    #expect(throws: ServiceConfigError("maxAttempts", "is 0; must be at least 2")) {
      try HedgingPolicy(maxAttempts: 0, delay: .zero, nonFatalCodes: [])
    }
  }

  @Test("refuses numbers that mean nothing, and names them")
  func numbers() {
    func field(_ body: () throws(ServiceConfigError) -> Void) -> String? {
      do throws(ServiceConfigError) {
        try body()
        return nil
      } catch {
        return error.field
      }
    }
    #expect(
      field { () throws(ServiceConfigError) in _ = try retries(initial: .zero) }
        == "initialBackoff")
    #expect(
      field { () throws(ServiceConfigError) in _ = try retries(longest: .zero) } == "maxBackoff")
    #expect(
      field { () throws(ServiceConfigError) in _ = try retries(multiplier: 0) }
        == "backoffMultiplier")
    #expect(
      field { () throws(ServiceConfigError) in _ = try retries(codes: []) }
        == "retryableStatusCodes")
    #expect(
      field { () throws(ServiceConfigError) in _ = try retries(codes: [.ok]) }
        == "retryableStatusCodes")
    #expect(
      field { () throws(ServiceConfigError) in
        _ = try HedgingPolicy(maxAttempts: 2, delay: .seconds(-1), nonFatalCodes: [])
      } == "hedgingDelay")
    for tokens in [0, 1001] {
      #expect(
        field { () throws(ServiceConfigError) in
          _ = try RetryThrottling(maxTokens: tokens, tokenRatio: 0.1)
        } == "maxTokens")
    }
    #expect(
      field { () throws(ServiceConfigError) in
        _ = try RetryThrottling(maxTokens: 10, tokenRatio: 0.0009)
      } == "tokenRatio")
    #expect(
      field { () throws(ServiceConfigError) in
        _ = try ServiceConfig(methods: [MethodConfig(names: [.all], timeout: .seconds(-1))])
      } == "methodConfig[0].timeout")
    #expect(
      field { () throws(ServiceConfigError) in
        _ = try ServiceConfig(methods: [MethodConfig(names: [.all], maxRequestBytes: 1 << 32)])
      } == "methodConfig[0].maxRequestMessageBytes")
    #expect(
      field { () throws(ServiceConfigError) in
        _ = try ServiceConfig(methods: [MethodConfig(names: [.all], maxResponseBytes: -1)])
      } == "methodConfig[0].maxResponseMessageBytes")
  }

  @Test("counts a token's ratio to three decimals")
  func ratio() throws {
    #expect(try RetryThrottling(maxTokens: 1, tokenRatio: 0.1239).milliRatio == 123)
  }

  @Test("holds a method's own config before its service's, and that before the one for all")
  func mostSpecific() throws {
    let config = try ServiceConfig(methods: [
      MethodConfig(names: [.all], timeout: .seconds(1)),
      MethodConfig(names: [.service("a.B"), .service("c.D")], timeout: .seconds(2)),
      MethodConfig(names: [.method(service: "a.B", method: "Get")], timeout: .seconds(3)),
      MethodConfig(names: [], timeout: .seconds(4)),
    ])
    func timeout(_ service: String, _ method: String) -> Duration? {
      config.config(for: MethodDescriptor(service: service, method: method, kind: .unary))?.timeout
    }
    #expect(timeout("a.B", "Get") == .seconds(3))
    #expect(timeout("a.B", "List") == .seconds(2))
    #expect(timeout("c.D", "Get") == .seconds(2))
    #expect(timeout("e.F", "Get") == .seconds(1))
    let empty = try ServiceConfig()
    #expect(empty.config(for: MethodDescriptor(service: "a", method: "b", kind: .unary)) == nil)
  }

  @Test("refuses a name that two methods' configs share")
  func twice() {
    let error = ServiceConfigError("methodConfig[1].name", "a.B/Get is named twice")
    #expect(throws: error) {
      try ServiceConfig(methods: [
        MethodConfig(names: [.method(service: "a.B", method: "Get")]),
        MethodConfig(names: [.method(service: "a.B", method: "Get")]),
      ])
    }
  }
}
