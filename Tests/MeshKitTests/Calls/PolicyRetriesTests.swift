import MeshAPI
import MeshRPC
import Testing

@testable import MeshKit

@Suite("The contract's retry policy")
struct PolicyRetriesTests {
  private static let never = IdentityV1.IdentityServiceMethods.policies.first { $0.retry == .never }

  @Test("gives every method its retries, and those that may not have any none")
  func defaults() throws {
    let config = try PolicyRetries.config()
    for policy in PolicyTable.all {
      let isRetried =
        if case .retry = config.config(for: policy.method)?.repetition { true } else { false }
      #expect(isRetried == (policy.retry != .never), "\(policy.method.path)")
    }
    #expect(config.throttling != nil)
  }

  @Test("asks a method with a request id for it, and one that is safe for nothing")
  func mayRepeat() throws {
    func framed(_ request: some RPCMessage) -> WireMessage { request.framed }
    let create = IdentityV1.OperatorServiceMethods.createOperator
    var request = IdentityV1.CreateOperatorRequest()
    request.email = "ada@example.com"
    #expect(!PolicyRetries.mayRepeat(create, framed(request)))
    request.requestID = "0199f3a2-0000-7000-8000-000000000001"
    #expect(PolicyRetries.mayRepeat(create, framed(request)))
    let list = IdentityV1.OperatorServiceMethods.listOperators
    #expect(PolicyRetries.mayRepeat(list, framed(IdentityV1.ListOperatorsRequest())))
    let never = try #require(Self.never)
    #expect(!PolicyRetries.mayRepeat(never.method, WireMessage(payload: [])))
    let foreign = MethodDescriptor(service: "other.Service", method: "Get", kind: .unary)
    #expect(!PolicyRetries.mayRepeat(foreign, WireMessage(payload: [])))
  }

  @Test("trusts no request that it cannot read")
  func unreadable() {
    let create = IdentityV1.OperatorServiceMethods.createOperator
    #expect(!PolicyRetries.mayRepeat(create, WireMessage(payload: [0xFF, 0xFF])))
    #expect(!PolicyRetries.mayRepeat(create, WireMessage(payload: [1, 2, 3], compressed: true)))
  }

  @Test("is refined method by method, and keeps its retries where nothing else is said")
  func refined() throws {
    let list = IdentityV1.OperatorServiceMethods.listOperators
    let hedge = MethodConfig.Repetition.hedge(
      try HedgingPolicy(maxAttempts: 2, delay: .milliseconds(20), nonFatalCodes: []))
    let config = try PolicyRetries.config(
      refined: ServiceConfig(methods: [
        MethodConfig(names: [.service(list.service)], timeout: .seconds(3)),
        MethodConfig(
          names: [.method(service: list.service, method: list.method)], repetition: hedge),
        MethodConfig(names: [.all], timeout: .seconds(9)),
      ]))
    #expect(config.config(for: list)?.repetition == hedge)
    let create = try #require(config.config(for: IdentityV1.OperatorServiceMethods.createOperator))
    #expect(create.timeout == .seconds(3))
    #expect(create.repetition != nil)
    let foreign = MethodDescriptor(service: "other.Service", method: "Get", kind: .unary)
    #expect(config.config(for: foreign)?.timeout == .seconds(9))
  }

  @Test("lets no method be hedged that is not safe")
  func unsafeHedge() throws {
    let create = IdentityV1.OperatorServiceMethods.createOperator
    let hedge = try HedgingPolicy(maxAttempts: 2, delay: .zero, nonFatalCodes: [])
    #expect(
      throws: ServiceConfigError(
        "hedgingPolicy", "would execute \(create.path) twice, which is not safe")
    ) {
      try PolicyRetries.config(
        refined: ServiceConfig(methods: [
          MethodConfig(
            names: [.method(service: create.service, method: create.method)],
            repetition: .hedge(hedge))
        ]))
    }
  }
}
