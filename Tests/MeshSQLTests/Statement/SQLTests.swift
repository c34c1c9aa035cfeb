import Testing

@testable import MeshSQL

@Suite("A statement is written as one interpolated string")
struct SQLTests {
  @Test("values become numbered parameters, never text")
  func values() {
    let name = "O'Neill'; DROP TABLE tenants; --"
    let sql: SQL = "UPDATE tenants SET name = \(name) WHERE id = \(Int64(7))"
    #expect(sql.statement == "UPDATE tenants SET name = $1 WHERE id = $2")
    #expect(sql.parameterCount == 2)
    #expect(sql.parameters.map(\.type) == [.text, .int8])
  }

  @Test("a fragment keeps its parameters under new numbers")
  func fragments() {
    let filter: SQL = "state = \("active") AND tier = \(Int32(2))"
    let sql: SQL = "SELECT \(Int64(1)) WHERE \(sql: filter) OR x = \(true)"
    #expect(sql.statement == "SELECT $1 WHERE state = $2 AND tier = $3 OR x = $4")
    #expect(sql.parameters.map(\.type) == [.int8, .text, .int4, .bool])
    #expect(sql.parameters.map(\.start) == [0, 8, 15, 19])
  }

  @Test("fragments are joined with a separator, and a dollar in their text is left alone")
  func joined() {
    let parts: [SQL] = ["a = '$1'", "b = \("x")", "c = \("y")"]
    #expect(SQL.joined(parts, by: " AND ").statement == "a = '$1' AND b = $1 AND c = $2")
    #expect(SQL.joined([], by: ", ").statement == "")
  }

  @Test("more than nine parameters keep their places when a fragment is moved")
  func manyParameters() {
    let list = SQL.joined((0..<12).map { "\(Int64($0))" as SQL }, by: ",")
    let sql: SQL = "SELECT \(true), \(sql: list)"
    #expect(sql.statement == "SELECT $1, $2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13")
  }

  @Test("names are quoted", arguments: [("plain", "\"plain\""), ("we\"ird", "\"we\"\"ird\"")])
  func identifiers(name: String, quoted: String) {
    #expect(("SELECT \(identifier: name)" as SQL).statement == "SELECT \(quoted)")
  }

  @Test("nil is NULL whatever its type")
  func null() {
    let missing: String? = nil
    let sql: SQL = "SELECT \(missing), \(Int32?.none), \(Int32?(5))"
    #expect(sql.parameters.map(\.length) == [-1, -1, 4])
  }

  @Test("a value that was left open is NULL until it is filled in, under the same text")
  func openValue() {
    let open: SQL = "SELECT name FROM t WHERE id = \(parameter: Int64.self) AND NOT gone"
    #expect(open.statement == "SELECT name FROM t WHERE id = $1 AND NOT gone")
    #expect(open.parameters.map(\.length) == [-1])
    let filled = open.with(Int64(7))
    #expect(filled.statement == open.statement)
    #expect(filled.parameters.map(\.type) == [.int8])
    #expect(filled.bytes.storage == [0, 0, 0, 0, 0, 0, 0, 7])
    #expect(filled.with(Int64(8)).bytes.storage == [0, 0, 0, 0, 0, 0, 0, 8])
    let longer: SQL = "SELECT \(true) WHERE EXISTS (\(sql: filled)) AND \("x") = 'x'"
    #expect(
      longer.statement
        == "SELECT $1 WHERE EXISTS (SELECT name FROM t WHERE id = $2 AND NOT gone) AND $3 = 'x'")
  }

  @Test("text with a zero byte is refused before it is sent")
  func zeroByte() {
    let sql: SQL = "SELECT \("a\0b")"
    #expect(sql.defect == .invalid("a text parameter contains a zero byte"))
  }

  @Test("at most 65535 parameters are sent")
  func parameterLimit() {
    var sql = SQL()
    for _ in 0..<65_535 { sql.append(true) }
    #expect(sql.defect == nil)
    sql.append(true)
    #expect(sql.defect == .invalid("65536 parameters; the limit is 65535"))
  }

  @Test("a description shows no values")
  func description() {
    #expect("\("SELECT \("secret")" as SQL)" == "SELECT $1")
  }
}
