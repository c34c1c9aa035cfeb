import MeshAPI
import MeshCrypto
import MeshRPC
import Synchronization
import Testing

@testable import TenantryCLI

@Suite("Commands call the mesh and show what it answers")
struct CallTests {
  /// What a handler was asked, call by call.
  private final class Seen<Message: Sendable>: Sendable {
    private let messages = Mutex<[Message]>([])
    var all: [Message] { messages.withLock { $0 } }
    @discardableResult func note(_ message: Message) -> Int {
      messages.withLock {
        $0.append(message)
        return $0.count
      }
    }
  }

  private static func tenants(_ range: Range<Int>) -> [TenantsV1.Tenant] {
    range.map { .init(tenantID: "T\($0)", displayName: "Tenant \($0)", state: .active, tier: .s) }
  }

  /// A mesh with 250 tenants in pages.
  private func listing(_ seen: Seen<TenantsV1.ListTenantsRequest>) throws -> Scene {
    try Scene { router in
      router.unary(TenantsV1.TenantServiceMethods.listTenants) {
        (request: TenantsV1.ListTenantsRequest, _) in
        seen.note(request)
        let start = Int(request.pageToken) ?? 0
        let end = min(start + Int(request.pageSize), 250)
        return TenantsV1.ListTenantsResponse(
          tenants: Self.tenants(start..<end), nextPageToken: end < 250 ? "\(end)" : "")
      }
    }
  }

  @Test("a list goes on over pages up to its limit and says that there is more")
  func list() async throws {
    let seen = Seen<TenantsV1.ListTenantsRequest>()
    let ending = try await listing(seen).run("tenants list --page-size 60")
    #expect(ending.code == .ok)
    let lines = ending.output.split(separator: "\n")
    #expect(lines.count == 101)
    #expect(lines[0] == "TENANT  NAME       STATE   TIER")
    #expect(lines[100] == "T99     Tenant 99  active  S")
    #expect(ending.messages == "there are more: --all, or --limit with a larger number\n")
    #expect(seen.all.map(\.pageSize) == [60, 40])
  }

  @Test("all of a list is all of it, in every format")
  func all() async throws {
    let seen = Seen<TenantsV1.ListTenantsRequest>()
    let scene = try listing(seen)
    let names = await scene.run("tenants list --all --page-size 100 -o name")
    #expect(names.output.split(separator: "\n").count == 250)
    #expect(names.messages == "")
    let lines = await scene.run("tenants list --all --page-size 100 -o jsonl")
    #expect(lines.output.split(separator: "\n").count == 250)
    let json = await scene.run("tenants list --all --page-size 100 -o json").output
    let whole = try TenantsV1.ListTenantsResponse(json: json)
    #expect(whole.tenants == Self.tenants(0..<250))
    #expect(whole.nextPageToken == "")
  }

  @Test("JSON of a part of a list says where it goes on, and a run can go on there")
  func token() async throws {
    let seen = Seen<TenantsV1.ListTenantsRequest>()
    let scene = try listing(seen)
    let json = await scene.run("tenants list --limit 3 -o json").output
    #expect(try TenantsV1.ListTenantsResponse(json: json).nextPageToken == "3")
    #expect(json.contains("\n      \"sandbox\": false,\n"))
    let next = await scene.run("tenants list --limit 1 --page-token 3 -o name")
    #expect(next.output == "T3\n")
  }

  @Test("an empty list says so, and is still valid JSON")
  func empty() async throws {
    let scene = try Scene { router in
      router.unary(TenantsV1.AppServiceMethods.listApps) {
        (_: TenantsV1.ListAppsRequest, _) in TenantsV1.ListAppsResponse()
      }
    }
    let table = await scene.run("apps list")
    #expect(table.output == "" && table.messages == "none\n" && table.code == .ok)
    #expect(await scene.run("apps list -o json").output.contains("\"apps\": []"))
  }

  @Test("a list that goes in a circle ends")
  func circle() async throws {
    let scene = try Scene { router in
      router.unary(TenantsV1.AppServiceMethods.listApps) {
        (_: TenantsV1.ListAppsRequest, _) in TenantsV1.ListAppsResponse(nextPageToken: "again")
      }
    }
    #expect(await scene.run("apps list").code == .failure)
  }

  @Test("a change carries a new id, and its repetitions carry the same one")
  func repetition() async throws {
    let seen = Seen<TenantsV1.SuspendTenantRequest>()
    let scene = try Scene { router in
      router.unary(TenantsV1.TenantServiceMethods.suspendTenant) {
        (request: TenantsV1.SuspendTenantRequest, _) in
        if seen.note(request) < 3 { throw RPCError(.unavailable, "not now") }
        return TenantsV1.Tenant(tenantID: request.tenantID, state: .suspended)
      }
    }
    let ending = await scene.run(
      "tenants suspend T1 --cause illegal-use --reason", more: ["ticket 4711"])
    #expect(ending.code == .ok)
    #expect(ending.output.contains("state      suspended\n"))
    #expect(scene.waits == [.milliseconds(100), .milliseconds(400)])
    #expect(seen.all.count == 3)
    #expect(Set(seen.all.map(\.requestID)).count == 1)
    #expect(seen.all[0].reason == "ticket 4711" && seen.all[0].cause == .illegalUse)
    let id = try #require(UUIDValue(seen.all[0].requestID))
    #expect(UUIDv7.milliseconds(of: id) == UInt64(Scene.milliseconds))
  }

  @Test("a call that came too fast is made again when the server says, if it says")
  func tooFast() async throws {
    let seen = Seen<TenantsV1.GetAppRequest>()
    let scene = try Scene { router in
      router.unary(TenantsV1.AppServiceMethods.getApp) {
        (request: TenantsV1.GetAppRequest, _) -> TenantsV1.App in
        let retry = GoogleRpc.RetryInfo(retryDelay: .init(.milliseconds(250)))
        let status = GoogleRpc.Status(
          code: 8, message: "too many calls",
          details: [
            .init(typeURL: "type.googleapis.com/google.rpc.RetryInfo", value: retry.serialized())
          ])
        let saysWhen = request.appID == "soon"
        if seen.note(request) < 2 || !saysWhen {
          throw RPCError(
            .resourceExhausted, "too many calls", details: saysWhen ? status.serialized() : [])
        }
        return TenantsV1.App(appID: request.appID)
      }
    }
    #expect(await scene.run("apps get soon").code == .ok)
    #expect(scene.waits == [.milliseconds(250)])
    #expect(await scene.run("apps get never").code == .failure)
    #expect(seen.all.count == 3)
  }

  @Test("a given id is used as it is")
  func givenID() async throws {
    let seen = Seen<TenantsV1.CreateAppRequest>()
    let scene = try Scene { router in
      router.unary(TenantsV1.AppServiceMethods.createApp) {
        (request: TenantsV1.CreateAppRequest, _) in
        seen.note(request)
        return TenantsV1.App(appID: "A1", name: request.name)
      }
    }
    _ = await scene.run("apps create --name X --request-id 0199f3a2-0000-7000-8000-000000000009")
    #expect(seen.all.first?.requestID == "0199f3a2-0000-7000-8000-000000000009")
  }

  @Test("it gives up after a few attempts, and repeats no other failure")
  func givesUp() async throws {
    let seen = Seen<String>()
    let scene = try Scene { router in
      router.unary(TenantsV1.AppServiceMethods.getApp) {
        (request: TenantsV1.GetAppRequest, _) -> TenantsV1.App in
        seen.note(request.appID)
        throw RPCError(request.appID == "busy" ? .unavailable : .notFound, "app not there")
      }
    }
    #expect(await scene.run("apps get busy").code == .unavailable)
    #expect(seen.all.count == MeshClient.attemptLimit)
    #expect(await scene.run("apps get gone").code == .notFound)
    #expect(seen.all.count == MeshClient.attemptLimit + 1)
  }

  @Test("the token rides on the call")
  func authorization() async throws {
    let seen = Seen<String>()
    let scene = try Scene { router in
      router.unary(IdentityV1.IdentityServiceMethods.whoAmI) {
        (_: IdentityV1.WhoAmIRequest, call) in
        seen.note(call.metadata.first("authorization") ?? "")
        return IdentityV1.WhoAmIResponse(kind: .operator, email: "ada@example.com")
      }
    }
    #expect(await scene.run("whoami").output == "kind   operator\nemail  ada@example.com\n")
    #expect(seen.all == ["Bearer \(Scene.token)"])
  }

  @Test("without a session nobody is called")
  func notSignedIn() async throws {
    let ending = try await Scene().run("tenants list", signedIn: false)
    #expect(ending.code == .notSignedIn)
    #expect(ending.output == "")
    #expect(
      ending.messages
        == "error: not signed in to https://mesh.test:3001\n"
        + "  sign in: tenantry sign-in --email <you>\n")
  }

  @Test("a server that is not there is no empty list")
  func unreachable() async throws {
    let scene = try Scene(unreachable: true)
    let ending = await scene.run("tenants list -o json")
    #expect(ending.code == .unavailable)
    #expect(ending.output == "")
    #expect(
      ending.messages.hasPrefix(
        "error: cannot reach https://mesh.test:3001: cannot connect to 127.0.0.1:3001: refused\n"))
  }

  @Test("a refusal is printed with its reason and the call's id")
  func refused() async throws {
    let scene = try Scene { router in
      router.unary(TenantsV1.TenantServiceMethods.activateTenant) {
        (_: TenantsV1.ActivateTenantRequest, _) -> TenantsV1.Tenant in
        throw refusal(.failedPrecondition, "TENANT_STATE", "tenant T1 is active")
      }
    }
    let ending = await scene.run("tenants activate T1")
    #expect(ending.code == .conflict)
    #expect(
      ending.messages == """
        error: tenant T1 is active
          reason: TENANT_STATE
          request id: 0199f3a2-0000-7000-8000-000000000001

        """)
  }

  @Test("a request can come from a file or from standard input, changed by flags")
  func file() async throws {
    let seen = Seen<TenantsV1.CreateTenantRequest>()
    let scene = try Scene { router in
      router.unary(TenantsV1.TenantServiceMethods.createTenant) {
        (request: TenantsV1.CreateTenantRequest, _) in
        seen.note(request)
        return TenantsV1.Tenant(tenantID: "T1")
      }
    }
    let json = #"{"appId": "A1", "displayName": "Old", "region": "eu-west-1", "tier": "TIER_P"}"#
    let path = scene.folder.path + "/t.json"
    try LocalFile.replace(path, with: Array(json.utf8))
    #expect(
      await scene.run("tenants create -o name --file \(path) --display-name New").output == "T1\n")
    #expect(await scene.run("tenants create -f -", input: json).code == .ok)
    #expect(seen.all.map(\.displayName) == ["New", "Old"])
    #expect(seen.all.allSatisfy { $0.tier == .p && $0.appID == "A1" && !$0.requestID.isEmpty })
  }

  @Test("a dialogue asks for what is not given, again where the answer is not valid")
  func dialogue() async throws {
    let seen = Seen<TenantsV1.CreateTenantRequest>()
    let scene = try Scene { router in
      router.unary(TenantsV1.TenantServiceMethods.createTenant) {
        (request: TenantsV1.CreateTenantRequest, _) in
        seen.note(request)
        return TenantsV1.Tenant(tenantID: "T1")
      }
    }
    let ending = await scene.run(
      "tenants create --interactive --app A1",
      input: "\nGlobex\neu-west-1\nXL\ng\n\n\ntrue\n", isInteractive: true)
    #expect(ending.code == .ok)
    let request = try #require(seen.all.first)
    #expect(request.displayName == "Globex" && request.region == "eu-west-1")
    #expect(request.tier == .g && request.sandbox && request.resellerID.isEmpty)
    #expect(ending.messages.contains("display-name is required"))
    #expect(ending.messages.contains("--tier takes one of S, P, G, not \"XL\""))
    #expect(await scene.run("tenants create -i").code == .usage)
  }

  @Test("what destroys asks a person, and a script has said what it wants")
  func confirmation() async throws {
    let seen = Seen<TenantsV1.OffboardTenantRequest>()
    let scene = try Scene { router in
      router.unary(TenantsV1.TenantServiceMethods.offboardTenant) {
        (request: TenantsV1.OffboardTenantRequest, _) in
        seen.note(request)
        return TenantsV1.Tenant(tenantID: "T1", state: .offboarding)
      }
    }
    let line = "tenants offboard T1 --reason contract --grace 14d"
    let no = await scene.run(line, input: "n\n", isInteractive: true)
    #expect(no.code == .failure && seen.all.isEmpty)
    #expect(no.messages.contains("tenants offboard T1: are you sure? [y/N] "))
    #expect(await scene.run(line, input: "y\n", isInteractive: true).code == .ok)
    #expect(await scene.run(line + " --yes", isInteractive: true).code == .ok)
    #expect(await scene.run(line).code == .ok)
    #expect(seen.all.map { $0.grace?.seconds } == [1_209_600, 1_209_600, 1_209_600])
  }

  @Test("an unknown format is wrong usage before anybody is called")
  func format() async throws {
    let scene = try Scene()
    #expect(await scene.run("whoami -o yaml").code == .usage)
    #expect(await scene.run("tenants list --limit none").code == .usage)
    #expect(await scene.run("tenants list --limit 1 --all").code == .usage)
    #expect(await scene.run("whoami --timeout soon").code == .usage)
  }
}
