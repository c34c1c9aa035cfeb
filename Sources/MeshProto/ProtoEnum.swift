/// A protobuf enum: open, so a number that the schema does not name is kept as it came.
package protocol ProtoEnum: Sendable, Hashable {
  /// The enum value for `rawValue`; unnamed numbers give `unrecognized`.
  init(rawValue: Int32)

  /// The number on the wire.
  var rawValue: Int32 { get }

  /// The value's name in the schema, for example "TIER_S"; nil for an unnamed number.
  var name: String? { get }
}
