import Testing

@testable import MeshSQL

@Suite("A server's error is sorted by its SQLSTATE")
struct SQLErrorTests {
  @Test(
    "each state has its case",
    arguments: [
      ("23505", SQLError.constraint(kind: .unique, name: "k")),
      ("23503", .constraint(kind: .foreignKey, name: "k")),
      ("23514", .constraint(kind: .check, name: "k")),
      ("23502", .constraint(kind: .notNull, name: "c")),
      ("23P01", .constraint(kind: .exclusion, name: "k")),
      ("40001", .serialization),
      ("40P01", .serialization),
      ("57014", .timeout),
      ("55P03", .timeout),
      ("57P01", .connectionLost("m")),
      ("08006", .connectionLost("m")),
      ("53300", .unavailable("m")),
      ("42P01", .server(sqlstate: "42P01", message: "m")),
    ])
  func states(sqlstate: String, error: SQLError) {
    let report = SQLError.Report(
      sqlstate: sqlstate, message: "m", constraint: "k", column: "c")
    #expect(SQLError(report) == error)
  }

  @Test("an end that we asked for is a cancellation, any other a timeout")
  func cancellation() {
    let report = SQLError.Report(sqlstate: "57014", message: "canceling statement")
    #expect(SQLError(report, cancelRequested: true) == .cancelled)
    #expect(SQLError(report, cancelRequested: false) == .timeout)
  }

  @Test("only the world's faults are worth a second try")
  func transience() {
    #expect(SQLError.serialization.isTransient)
    #expect(SQLError.unavailable("").isTransient)
    #expect(!SQLError.constraint(kind: .unique, name: "k").isTransient)
    #expect(!SQLError.cancelled.isTransient)
  }
}
