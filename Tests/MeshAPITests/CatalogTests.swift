import MeshAPI
import MeshRPC
import Testing

@Suite struct CatalogTests {
  @Test("the policy table says of a method what the contract says")
  func policy() throws {
    let policy = try #require(
      PolicyTable.byPath["/tenantry.tenants.v1.TenantService/SuspendTenant"])
    #expect(policy.plane == .operator)
    #expect(policy.permission == "tenants.suspend")
    #expect(policy.access == .permission)
    #expect(policy.scope == .tenantMetadata)
    #expect(policy.effect == .write)
    #expect(policy.event == "tenant.suspended.v1")
    #expect(policy.reasonRequired)
    #expect(policy.retry == .withRequestID)
    #expect(policy.receipt == .outbox)
    #expect(policy.cli == "tenants suspend {tenant_id}")
    #expect(policy.request.name == "tenantry.tenants.v1.SuspendTenantRequest")
    #expect(policy.response.name == "tenantry.tenants.v1.Tenant")
    #expect(policy.summary.hasPrefix("Blocks every sign-in"))
  }

  @Test(
    "a method that takes a credential for one tenant names the tenant and asks for a permission",
    arguments: PolicyTable.all.filter(\.tenantScoped))
  func tenantScoped(policy: MethodPolicy) {
    #expect(policy.request.field(named: "tenant_id") != nil)
    #expect(policy.access == .permission && policy.scope == .tenantMetadata)
    #expect(policy.plane == .operator || policy.plane == .both)
  }

  @Test("every method of the product has a policy, those of gRPC have none")
  func everyMethod() {
    #expect(PolicyTable.all.count == PolicyTable.byPath.count)
    #expect(PolicyTable.all.allSatisfy { $0.plane != .unspecified })
    #expect(PolicyTable.byPath[GrpcHealthV1.HealthMethods.check.path] == nil)
  }

  @Test("a generated client reaches a generated handler and the answer comes back")
  func call() async throws {
    struct Health: GrpcHealthV1.HealthHandler {
      typealias Response = GrpcHealthV1.HealthCheckResponse

      func check(
        _ request: GrpcHealthV1.HealthCheckRequest, _ call: ServerCall
      ) async throws -> Response {
        Response(status: request.service == "known" ? .serving : .serviceUnknown)
      }

      func list(
        _ request: GrpcHealthV1.HealthListRequest, _ call: ServerCall
      ) async throws -> GrpcHealthV1.HealthListResponse {
        GrpcHealthV1.HealthListResponse(statuses: ["known": Response(status: .serving)])
      }

      func watch(
        _ request: GrpcHealthV1.HealthCheckRequest, _ responses: ResponseWriter<Response>,
        _ call: ServerCall
      ) async throws {
        try await responses.write(Response(status: .notServing))
        try await responses.write(Response(status: .serving))
      }
    }

    var router = Router()
    Health().register(on: &router)
    let client = GrpcHealthV1.HealthClient(InProcessChannel(router))
    #expect(try await client.check(.init(service: "known")).status == .serving)
    #expect(try await client.check(.init()).status == .serviceUnknown)
    #expect(try await client.list(.init()).statuses["known"]?.status == .serving)
    var seen: [GrpcHealthV1.HealthCheckResponse.ServingStatus] = []
    for try await response in try await client.watch(.init()).responses {
      seen.append(response.status)
    }
    #expect(seen == [.notServing, .serving])
  }

  @Test("types are found by their full names")
  func types() {
    #expect(Catalog.types["google.rpc.ErrorInfo"]?.shortName == "ErrorInfo")
    #expect(Catalog.types["tenantry.none.v1.None"] == nil)
  }
}
