package import MeshSQL

/// What a process is, before it runs: its name, its knobs, its data, and whom it calls.
package struct ServiceDefinition: Sendable {
  /// For example `tenants`.
  package let name: String
  /// What it does, one line for `--help`.
  package let summary: String
  /// The PostgreSQL schema in which MeshKit keeps its own tables; nil for a process without data.
  package let schema: String?
  /// Its own knobs.
  package let settings: [SettingDeclaration]
  /// The services it calls; each gives it a knob `<service>-address`.
  package let calls: [String]
  /// The level of the access log's lines.
  package let accessLog: Log.Level
  /// Its tables, in order.
  package let migrations: [Migration]

  /// Describes a process.
  package init(
    name: String, summary: String, schema: String? = nil, settings: [SettingDeclaration] = [],
    calls: [String] = [], accessLog: Log.Level = .debug, migrations: [Migration] = []
  ) {
    self.name = name
    self.summary = summary
    self.schema = schema
    self.settings = settings
    self.calls = calls
    self.accessLog = accessLog
    self.migrations = migrations
  }

  /// MeshKit's own tables, then the service's.
  package func steps(in schema: String) -> Migrations {
    Migrations(schema: schema, [Migration(name: "V000_mesh", sql: Outbox.schema)] + migrations)
  }

  /// Every knob of the process.
  package var declared: [SettingDeclaration] {
    ProcessSettings.all + ObservationSettings.all + (schema == nil ? [] : ProcessSettings.database)
      + calls.map { ProcessSettings.address(of: $0).declaration } + settings
  }
}
