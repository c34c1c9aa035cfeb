/// A PostgreSQL type as a parameter declares it.
///
/// The numbers are those of `pg_type.dat`; they are fixed for all time.
package struct SQLType: Sendable, Hashable {
  enum Format: Int32, Sendable {
    case text = 0
    case binary = 1
  }

  /// The type's OID, or 0 to let the server infer it from where the parameter stands.
  let oid: UInt32
  /// The OID of an element inside an array of this type.
  let elementOID: UInt32
  /// The OID of the array of this type.
  let arrayOID: UInt32
  let format: Format

  private init(_ oid: UInt32, element: UInt32? = nil, array: UInt32, format: Format = .binary) {
    self.oid = oid
    elementOID = element ?? oid
    arrayOID = array
    self.format = format
  }

  static func array(of element: SQLType) -> SQLType {
    SQLType(element.arrayOID, array: 0)
  }

  /// `boolean`.
  package static let bool = SQLType(16, array: 1000)
  /// `bytea`.
  package static let bytes = SQLType(17, array: 1001)
  /// `bigint`.
  package static let int8 = SQLType(20, array: 1016)
  /// `smallint`.
  package static let int2 = SQLType(21, array: 1005)
  /// `integer`.
  package static let int4 = SQLType(23, array: 1007)
  /// `double precision`.
  package static let float8 = SQLType(701, array: 1022)
  /// `timestamptz`.
  package static let timestamp = SQLType(1184, array: 1185)
  /// `uuid`.
  package static let uuid = SQLType(2950, array: 2951)
  /// Text whose type the server infers: `text`, `uuid`, `jsonb`, `numeric`, an enum, `inet`.
  ///
  /// In an array it is `text[]`; cast that in SQL (`\(ids)::uuid[]`).
  package static let text = SQLType(0, element: 25, array: 1009, format: .text)
}

/// OIDs that a result column may have and that decoding knows.
enum ColumnType {
  static let bool: UInt32 = 16
  static let bytes: UInt32 = 17
  static let name: UInt32 = 19
  static let int8: UInt32 = 20
  static let int2: UInt32 = 21
  static let int4: UInt32 = 23
  static let text: UInt32 = 25
  static let oid: UInt32 = 26
  static let json: UInt32 = 114
  static let float4: UInt32 = 700
  static let float8: UInt32 = 701
  static let unknown: UInt32 = 705
  static let bpchar: UInt32 = 1042
  static let varchar: UInt32 = 1043
  static let timestamptz: UInt32 = 1184
  static let numeric: UInt32 = 1700
  static let uuid: UInt32 = 2950
  static let jsonb: UInt32 = 3802
  static let xid8: UInt32 = 5069
  /// Types with this OID or a higher one were made by users: enums above all.
  static let firstUserDefined: UInt32 = 16_384
}
