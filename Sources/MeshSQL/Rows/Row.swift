/// One row of a result.
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
      guard let column = rows.shape.names.firstIndex(of: name) else {
        throw .decoding(column: name, reason: .missing)
      }
      return try decode(column)
    }
  }

  /// Reads the column with this number, from 0.
  ///
  /// - Throws: `SQLError.decoding` when there is no such column or it holds something else.
  package subscript<Value: SQLDecodable>(
    column: Int, as type: Value.Type = Value.self
  ) -> Value {
    get throws(SQLError) {
      guard rows.shape.types.indices.contains(column) else {
        throw .decoding(column: String(column), reason: .missing)
      }
      return try decode(column)
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

  private func decode<Value: SQLDecodable>(_ column: Int) throws(SQLError) -> Value {
    do throws(CellError) {
      return try Value.decode(rows.cell(row: index, column: column))
    } catch {
      throw .decoding(column: rows.shape.names[column], reason: .cell(error))
    }
  }
}
