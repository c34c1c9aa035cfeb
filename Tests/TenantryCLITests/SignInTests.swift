import MeshAPI
import MeshRPC
import Synchronization
import Testing

@testable import TenantryCLI

@Suite("Signing in and out")
struct SignInTests {
  private static let password = "correct horse battery"

  /// A mesh that knows Ada.
  private func scene() throws -> Scene {
    try Scene { router in
      router.unary(IdentityV1.IdentityServiceMethods.signIn) {
        (request: IdentityV1.SignInRequest, call) -> IdentityV1.SignInResponse in
        guard request.password == Self.password, call.metadata.first("authorization") == nil else {
          throw RPCError(.unauthenticated, "You don't have access")
        }
        return .init(token: Scene.token, sessionID: "S1", accountID: "O1")
      }
      router.unary(IdentityV1.IdentityServiceMethods.setup) {
        (request: IdentityV1.SetupRequest, _) in
        IdentityV1.SignInResponse(token: Scene.token, sessionID: request.name, accountID: "O1")
      }
      router.unary(IdentityV1.IdentityServiceMethods.signOut) {
        (_: IdentityV1.SignOutRequest, call) -> IdentityV1.SignOutResponse in
        guard call.metadata.first("authorization") == "Bearer \(Scene.token)" else {
          throw RPCError(.unauthenticated, "You don't have access")
        }
        return .init()
      }
      router.unary(IdentityV1.OperatorServiceMethods.createOperator) {
        (request: IdentityV1.CreateOperatorRequest, _) in
        IdentityV1.Operator(operatorID: "O2", email: request.email, name: request.password)
      }
    }
  }

  @Test("a session is remembered, its token shown by auth token alone")
  func signIn() async throws {
    let scene = try scene()
    let ending = await scene.run(
      "sign-in --email ada@example.com --password-stdin", input: Self.password + "\n",
      signedIn: false)
    #expect(ending.code == .ok)
    #expect(
      ending.messages == "signed in to https://mesh.test:3001 as ada@example.com\n")
    #expect(!(ending.output + ending.messages).contains(Scene.token))
    #expect(await scene.run("auth token", signedIn: false).output == Scene.token + "\n")
    let out = await scene.run("sign-out", signedIn: false)
    #expect(out.code == .ok && out.output == "")
    #expect(await scene.run("auth token", signedIn: false).code == .notSignedIn)
  }

  @Test("whoever is signed in signs in again in nobody's name")
  func again() async throws {
    let ending = try await scene().run(
      "sign-in --email ada@example.com --password-stdin", input: Self.password)
    #expect(ending.code == .ok)
  }

  @Test("JSON of a sign-in has no token")
  func json() async throws {
    let ending = try await scene().run(
      "setup --email ada@example.com --password-stdin -o json --name", more: ["Ada Lovelace"],
      input: Self.password, signedIn: false)
    #expect(ending.code == .ok)
    #expect(ending.output.contains("\"sessionId\": \"Ada Lovelace\""))
    #expect(!ending.output.contains(Scene.token))
  }

  @Test("a wrong password is not signed in, and nothing is remembered")
  func wrong() async throws {
    let scene = try scene()
    let ending = await scene.run(
      "sign-in --email ada@example.com --password-stdin", input: "guess\n", signedIn: false)
    #expect(ending.code == .notSignedIn)
    #expect(ending.messages.hasPrefix("error: You don't have access\n"))
    #expect(await scene.run("auth token", signedIn: false).code == .notSignedIn)
  }

  @Test("at a terminal the password is asked for, a new one twice")
  func prompt() async throws {
    let scene = try scene()
    let signIn = await scene.run(
      "sign-in --email ada@example.com", input: Self.password + "\n", isInteractive: true,
      signedIn: false)
    #expect(signIn.code == .ok)
    #expect(signIn.messages.hasPrefix("password: signed in"))
    let twice = await scene.run(
      "admin create-user --email b@example.com --name B", input: "one\none\n", isInteractive: true)
    #expect(twice.output.contains("name"))
    #expect(twice.messages == "password: again: ")
    let slip = await scene.run(
      "admin create-user --email b@example.com --name B", input: "one\ntwo\n", isInteractive: true)
    #expect(slip.code == .usage && slip.messages.hasSuffix("error: the two passwords differ\n"))
  }

  @Test("without a terminal a password comes from standard input or not at all")
  func noTerminal() async throws {
    let ending = try await scene().run("sign-in --email ada@example.com", signedIn: false)
    #expect(ending.code == .usage)
    #expect(ending.messages.contains("--password-stdin"))
  }

  @Test("nobody is asked for a password who may not use it")
  func askedLater() async throws {
    let ending = try await scene().run(
      "admin create-user --email b@example.com --name B", isInteractive: true, signedIn: false)
    #expect(ending.code == .notSignedIn)
    #expect(!ending.messages.contains("password:"))
  }

  @Test("signing out of a session that has ended is done")
  func ended() async throws {
    let scene = try scene()
    let ending = await scene.run("sign-out", environment: ["TENANTRY_TOKEN": "old"])
    #expect(ending.code == .ok)
    #expect(ending.messages == "signed out of https://mesh.test:3001\n")
  }
}
