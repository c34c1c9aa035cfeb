import MeshSQL

/// How many backends run a statement with this text in it.
func running(_ text: String, on database: Database) async throws -> Int {
  try await database.query(
    """
    SELECT count(*) AS n FROM pg_stat_activity
    WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%' || \(text) || '%'
    """
  ).one()["n"]
}
