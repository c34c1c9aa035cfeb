import MeshAPI
import Testing

@testable import MeshKit

@Suite("The policy rule")
struct AuthorizationTests {
  private func caller(
    _ kind: Caller.Kind, _ plane: OptionsV1.Plane, _ permissions: Set<String> = []
  ) -> Caller {
    Caller(
      kind: kind, plane: plane, id: "id", name: "name", sessionID: "", tenantID: nil,
      permissions: permissions, ip: "", expiresAt: .max)
  }

  @Test(
    "lets nobody without a sign-in call anything but what anyone may", arguments: PolicyTable.all)
  func anonymous(policy: MethodPolicy) {
    for plane in [OptionsV1.Plane.operator, .tenant] {
      let decision = Authorization.decide(policy, caller(.anonymous, plane))
      let isOpen =
        !(policy.access == .permission || policy.access == .signedIn)
        && (policy.plane == .both || policy.plane == plane)
      #expect(decision == (isOpen ? .allow : .signInFirst))
    }
  }

  @Test("denies a caller without the permission and allows one with it", arguments: PolicyTable.all)
  func permission(policy: MethodPolicy) {
    guard policy.access == .permission, policy.plane == .operator || policy.plane == .both else {
      return
    }
    let all = Set(PolicyTable.all.map(\.permission))
    let others = all.subtracting([policy.permission])
    #expect(Authorization.decide(policy, caller(.operator, .operator, others)) == .deny)
    let expected: Authorization.Decision = policy.scope == .tenantData ? .deny : .allow
    #expect(Authorization.decide(policy, caller(.operator, .operator, all)) == expected)
  }

  @Test(
    "closes a plane's methods to the other plane whatever the permissions",
    arguments: PolicyTable.all)
  func planes(policy: MethodPolicy) {
    let all = Set(PolicyTable.all.map(\.permission))
    if policy.plane == .operator {
      #expect(Authorization.decide(policy, caller(.member, .tenant, all)) == .deny)
    }
    if policy.plane == .service {
      #expect(Authorization.decide(policy, caller(.operator, .operator, all)) == .deny)
    }
  }

  @Test(
    "opens to an operator's credential for one tenant only what takes one, whatever it may",
    arguments: PolicyTable.all)
  func tenantToken(policy: MethodPolicy) {
    let token = Caller(
      kind: .operator, plane: .operator, id: "id", name: "name", sessionID: "",
      tenantID: "globex", permissions: Set(PolicyTable.all.map(\.permission)), ip: "",
      expiresAt: .max, credential: .tenantToken)
    let isServed = Authorization.serves(policy.plane, .operator)
    let isOpen = policy.access != .permission || policy.tenantScoped
    #expect(Authorization.decide(policy, token) == (isServed && isOpen ? .allow : .deny))
  }

  @Test("tells only a caller with every permission that a method does not exist")
  func holdsAll() {
    let all = Set(PolicyTable.all.map(\.permission)).subtracting([""])
    #expect(Authorization.holdsAll(caller(.operator, .operator, all)))
    #expect(!Authorization.holdsAll(caller(.operator, .operator, all.subtracting(["audit.read"]))))
    #expect(!Authorization.holdsAll(caller(.anonymous, .operator, all)))
  }
}
