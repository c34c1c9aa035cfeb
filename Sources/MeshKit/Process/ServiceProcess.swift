import Glibc
import MeshAPI
import MeshIO
import MeshRPC
import MeshSQL
import MeshTransport

/// The one way in which every service starts, serves and ends.
package enum ServiceProcess {
  /// Reads the arguments, does what they ask for, and ends the process.
  ///
  /// `build` puts the service together on a loop: it opens stores, hosts services, starts workers.
  package static func main(
    _ definition: ServiceDefinition, _ build: @escaping @Sendable (ServiceHost) async throws -> Void
  ) -> Never {
    do {
      let arguments = try ProcessArguments(Array(CommandLine.arguments.dropFirst()))
      switch arguments.action {
      case .help: say(ProcessHelp.text(definition))
      case .version: say("\(definition.name) \(Version.text)\n")
      case .config: say(ProcessHelp.settings(try load(definition, arguments.file)))
      case .migrate:
        let settings = try load(definition, arguments.file)
        try onLoops(1, name: definition.name) { loops in
          try await migrate(definition, settings, loops)
        }
      case .serve:
        let settings = try load(definition, arguments.file)
        try onLoops(try settings[ProcessSettings.loops], name: definition.name) { loops in
          try await serve(definition, settings, loops, build)
        }
      }
      exit(0)
    } catch let error as UsageError {
      complain("\(definition.name): \(error.text)\n")
      exit(2)
    } catch {
      complain("\(definition.name): \(error)\n")
      exit(1)
    }
  }

  private static func load(
    _ definition: ServiceDefinition, _ file: String?
  ) throws(SettingsError) -> Settings {
    let text = try file.map { path throws(SettingsError) in try SettingsFile.read(path) }
    return try Settings(
      declared: definition.declared, file: text, environment: SettingsFile.environment)
  }

  /// Runs `body` on the first of `count` loops and waits for it.
  private static func onLoops(
    _ count: Int, name: String, _ body: @escaping @Sendable ([EventLoop]) async throws -> Void
  ) throws {
    let group = try EventLoopGroup(count: count, name: name)
    try group.start()
    let latch = Latch()
    Task(executorPreference: group.loops[0]) {
      do {
        try await body(group.loops)
        latch.open(nil)
      } catch {
        latch.open(error)
      }
    }
    if let error = latch.wait() { throw error }
  }

  /// Brings the schema up to date with the owner's role.
  private static func migrate(
    _ definition: ServiceDefinition, _ settings: Settings, _ loops: [EventLoop]
  ) async throws {
    guard let schema = definition.schema else {
      throw UsageError("\(definition.name) has no database to migrate")
    }
    var config = DatabaseConfig(connection: try settings[ProcessSettings.databaseOwnerURL])
    config.applicationName = "\(definition.name) migrate"
    config.schema = schema
    config.statementTimeout = nil
    let database = try Database(config, loops: loops)
    let applied = try await definition.steps(in: schema).run(on: database)
    await database.shutDown()
    for name in applied { say("\(definition.name): applied \(name)\n") }
  }

  private static func serve(
    _ definition: ServiceDefinition, _ settings: Settings, _ loops: [EventLoop],
    _ build: @Sendable (ServiceHost) async throws -> Void
  ) async throws {
    let level = try settings[ProcessSettings.logLevel]
    let log = Log(
      service: definition.name,
      threshold: Log.Level.allCases.first { $0.name == level } ?? .info)
    let service = try await RunningService.start(
      definition, settings: settings, log: log, loops: loops, build)
    let hangups = try SignalSource([.hangup], on: loops[0]) { _ in
      Task(executorPreference: loops[0]) { await service.reloadCertificates() }
    }
    defer { hangups.close() }
    let signal = try await StopSignal.wait(on: loops[0])
    log(.info, "draining", ["signal": "\(signal)"])
    await service.drain(
      propagation: try settings[ProcessSettings.drainDelay],
      grace: try settings[ProcessSettings.drainGrace])
    log(.info, "stopped")
  }

  private static func say(_ text: String) { write(text, to: STDOUT_FILENO) }
  private static func complain(_ text: String) { write(text, to: STDERR_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    // Nobody is left to be told when this fails.
    _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
