import CPQ

/// The rows that a statement answered with, still in PostgreSQL's binary form.
///
/// Nothing is decoded before it is asked for. The memory is held until the last ``Row`` is gone.
///
/// The result is immutable after it was received and libpq reads it without writing, so any thread
/// may use it: that is why this is `@unchecked Sendable`.
package final class Rows: @unchecked Sendable {
  private let result: OpaquePointer
  let shape: RowShape
  /// The number of rows.
  package let count: Int

  /// Takes over a successful `PGresult`.
  init(taking result: OpaquePointer, shape: RowShape) {
    self.result = result
    self.shape = shape
    count = Int(PQntuples(result))
  }

  deinit {
    PQclear(result)
  }

  /// The number of rows that the statement inserted, updated, deleted or returned.
  package var affected: Int {
    guard let digits = PQcmdTuples(result) else { return 0 }
    return Int(String(cString: digits)) ?? 0
  }

  /// What the server calls the command, such as `COMMIT` or `INSERT 0 1`.
  var commandTag: String {
    PQcmdStatus(result).map { String(cString: $0) } ?? ""
  }

  /// The names of the columns, in order.
  package var columns: [String] { shape.names }

  /// One field; throws when there is no such column.
  func cell(row: Int, column: Int) throws(SQLError) -> SQLCell {
    guard shape.types.indices.contains(column) else {
      throw .decoding(column: String(column), reason: .missing)
    }
    let type = shape.types[column]
    let (row, column) = (Int32(row), Int32(column))
    let length = PQgetlength(result, row, column)
    // An empty value has no length either; what is NULL only its flag tells.
    guard length > 0 || PQgetisnull(result, row, column) == 0 else {
      return SQLCell(type: type, bytes: nil)
    }
    let start = PQgetvalue(result, row, column)
    return SQLCell(type: type, bytes: UnsafeRawBufferPointer(start: start, count: Int(length)))
  }

  /// The single row of a statement that answers with exactly one.
  package func one() throws(SQLError) -> Row {
    guard count == 1 else { throw .rowCount(expected: 1, found: count) }
    return self[0]
  }

  /// The single row of a statement that answers with one or none.
  package func oneOrNone() throws(SQLError) -> Row? {
    guard count <= 1 else { throw .rowCount(expected: 1, found: count) }
    return first
  }
}

extension Rows: RandomAccessCollection {
  /// Always 0.
  package var startIndex: Int { 0 }
  /// The number of rows.
  package var endIndex: Int { count }

  /// The row with this number, from 0.
  package subscript(position: Int) -> Row {
    precondition(position >= 0 && position < count, "row out of range")
    return Row(rows: self, index: position)
  }
}

/// The columns of a prepared statement's results: made once, shared by all its results.
final class RowShape: Sendable {
  let names: [String]
  let types: [UInt32]

  init(names: [String], types: [UInt32]) {
    self.names = names
    self.types = types
  }

  convenience init(of result: OpaquePointer) {
    let columns = 0..<PQnfields(result)
    self.init(
      names: columns.map { PQfname(result, $0).map { String(cString: $0) } ?? "" },
      types: columns.map { PQftype(result, $0) })
  }

  /// Whether a result has these columns, by number and types: names cannot change under a plan.
  func fits(_ result: OpaquePointer) -> Bool {
    guard Int(PQnfields(result)) == types.count else { return false }
    return types.indices.allSatisfy { PQftype(result, Int32($0)) == types[$0] }
  }
}
