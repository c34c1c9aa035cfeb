import MeshSQL
import MeshTestKit

@testable import Tenants

/// A database of the test's own with the service's tables in it.
enum FreshStore {
  static func run(_ body: (Database) async throws -> Void) async throws {
    try await TestPostgres.shared.withFreshDatabase { config in
      let database = try Database(config, loops: try TestLoops.shared.loops)
      let script = String(decoding: PackageResources.V001_tenants_sql, as: UTF8.self)
      try await Migrations(schema: "tenant", [Migration(name: "V001_tenants", sql: script)])
        .run(on: database)
      do {
        try await body(database)
        await database.shutDown()
      } catch {
        await database.shutDown()
        throw error
      }
    }
  }
}
