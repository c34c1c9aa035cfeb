import MeshSQL
import MeshTestKit

@testable import PoolRouter

/// A database of the test's own with the service's tables in it.
enum FreshStore {
  static func run(_ body: (Database) async throws -> Void) async throws {
    try await TestPostgres.shared.withFreshDatabase { config in
      var config = config
      config.schema = "pool"
      let steps = Main.definition.steps(in: "pool").list
      try await open(config, migrations: steps, loops: 2, body)
    }
  }
}
