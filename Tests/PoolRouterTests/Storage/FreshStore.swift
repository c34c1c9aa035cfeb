import MeshSQL
import MeshTestKit

@testable import PoolRouter

/// A database of the test's own with the service's tables in it.
enum FreshStore {
  static func run(_ body: (Database) async throws -> Void) async throws {
    try await TestPostgres.shared.withFreshDatabase { config in
      let database = try Database(config, loops: try TestLoops.shared.loops)
      let script = String(decoding: PackageResources.V001_pools_sql, as: UTF8.self)
      try await Migrations(schema: "pool", [Migration(name: "V001_pools", sql: script)])
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
