import MeshAPI
import MeshCrypto
import MeshRPC

/// Looks at everything between a person and the mesh, one thing after the other, until one fails.
struct Doctor {
  /// How far the clocks may differ before somebody should know, in milliseconds: signed callers
  /// are good for a minute.
  static let clockTolerance: Int64 = 30_000

  private let line: Line
  private let world: World
  private let style: Style

  init(_ line: Line, _ world: World) {
    self.line = line
    self.world = world
    style = Style(
      isInteractive: world.terminal.outputIsInteractive, environment: world.environment)
  }

  func run() async throws(Failure) -> ExitCode {
    let settings = try SessionSettings(line, world)
    let path = try settings.store.path(settings.profileName)
    if settings.store.isReadableByOthers(settings.profileName) {
      say("profile", "\(path) can be read by others; run: chmod 600 \(path)", .notice)
    } else {
      say("profile", "\(settings.profileName) (\(path))")
    }
    let endpoint = settings.endpoint
    say("server", "\(endpoint.server)")
    say("authority", endpoint.authority ?? "those that this machine trusts")
    let client = try await MeshClient(endpoint, timeout: CallRun.timeout(line), world)
    let health = try await isServing(client)
    say("reachable", "yes, TLS with a certificate that the authority vouches for", .good)
    guard health else {
      say("health", "the server is up but not serving", .bad)
      throw Failure(
        .unavailable, "the mesh is not serving", notes: ["which process: tenantry status"])
    }
    say("health", "serving", .good)
    return try await session(settings, client)
  }

  /// Asks the standard health service, which needs no sign-in.
  private func isServing(_ client: MeshClient) async throws(Failure) -> Bool {
    do throws(CallError) {
      let answer = try await client.once(GrpcHealthV1.HealthMethods.check, [])
      let record = Record(answer.message, GrpcHealthV1.HealthCheckResponse.descriptor)
      return record.integer("status")
        == Int64(GrpcHealthV1.HealthCheckResponse.ServingStatus.serving.rawValue)
    } catch {
      throw error.failure(at: client.endpoint)
    }
  }

  /// Compares our clock with the server's, which the time-ordered id of an admitted call tells.
  private func clock(_ headers: Metadata) {
    guard let id = headers.first(ErrorDetails.requestIDHeader).flatMap({ UUIDValue($0) }),
      let theirs = UUIDv7.milliseconds(of: id)
    else { return say("clock", "not compared: the answer has no id that tells the time") }
    let difference = world.milliseconds() - Int64(clamping: theirs)
    if difference.magnitude > UInt64(Self.clockTolerance) {
      let direction = difference > 0 ? "ahead of" : "behind"
      let text = DurationText.text(seconds: Int64(difference.magnitude) / 1000)
      say("clock", "\(text) \(direction) the server's", .notice)
    } else {
      say("clock", "agrees with the server's", .good)
    }
  }

  private func session(
    _ settings: SessionSettings, _ client: MeshClient
  ) async throws(Failure) -> ExitCode {
    guard client.endpoint.token != nil else {
      say("signed in", "no; sign in: tenantry sign-in --email <you>", .notice)
      return .ok
    }
    do throws(CallError) {
      let answer = try await client.once(IdentityV1.IdentityServiceMethods.whoAmI, [])
      let record = Record(answer.message, IdentityV1.WhoAmIResponse.descriptor)
      clock(answer.headers)
      say("signed in", "as \(VisibleText.harmless(record.text("email")))", .good)
      return .ok
    } catch {
      say("signed in", "no: \(VisibleText.harmless(error.status.message))", .bad)
      throw error.failure(at: client.endpoint)
    }
  }

  private func say(_ subject: String, _ text: String, _ tone: Style.Tone = .plain) {
    world.terminal.write(lines: [
      VisibleText.padded(subject, to: 11) + style.paint(text, tone)
    ])
  }
}
