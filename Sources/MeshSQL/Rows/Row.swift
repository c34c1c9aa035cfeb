/// One row of a result.
///
/// What reads a column is inlined into whoever asks: there the types are known, and a column costs
/// half of what it does by their conformances.
@usableFromInline
package struct Row: Sendable {
  let rows: Rows
  let index: Int

  /// Reads the column with this name.
  ///
  /// - Throws: `SQLError.decoding` when there is no such column or it holds something else.
  package subscript<Value: SQLDecodable>(
    name: String, as type: Value.Type = Value.self
  ) -> Value {
    get throws(SQLError) {
      guard let column = rows.columns.firstIndex(of: name) else {
        throw .decoding(column: name, reason: .missing)
      }
      return try self[column, as: type]
    }
  }

  /// Reads the column with this number, from 0.
  ///
  /// - Throws: `SQLError.decoding` when there is no such column or it holds something else.
  @inlinable @inline(__always)
  package subscript<Value: SQLDecodable>(
    column: Int, as type: Value.Type = Value.self
  ) -> Value {
    get throws(SQLError) {
      let cell = try cell(column)
      do throws(CellError) {
        return try Value.decode(cell)
      } catch {
        throw decodingError(error, column)
      }
    }
  }

  /// Reads the first columns in order: `let (id, n) = try row.decode(String.self, Int?.self)`.
  ///
  /// - Throws: `SQLError.decoding` for the first column that holds something else.
  package func decode<each Value: SQLDecodable>(
    _ types: repeat (each Value).Type
  ) throws(SQLError) -> (repeat each Value) {
    var column = -1
    func next<T: SQLDecodable>(_ type: T.Type) throws(SQLError) -> T {
      column += 1
      return try self[column, as: type]
    }
    return (repeat try next(each types))
  }

  @usableFromInline
  func cell(_ column: Int) throws(SQLError) -> SQLCell {
    try rows.cell(row: index, column: column)
  }

  @usableFromInline
  func decodingError(_ error: CellError, _ column: Int) -> SQLError {
    .decoding(column: rows.columns[column], reason: .cell(error))
  }
}
