internal import CProtobufC
internal import Glibc

/// The messages of `google.protobuf` that have a JSON form of their own.
enum WellKnownType {
  case timestamp, duration, fieldMask, `struct`, value, listValue, wrapper, any

  /// The special form of the described type; nil for an ordinary message.
  init?(_ descriptor: UnsafePointer<ProtobufCMessageDescriptor>) {
    guard strcmp(descriptor.pointee.package_name, "google.protobuf") == 0 else { return nil }
    switch String(cString: descriptor.pointee.short_name) {
    case "Timestamp": self = .timestamp
    case "Duration": self = .duration
    case "FieldMask": self = .fieldMask
    case "Struct": self = .struct
    case "Value": self = .value
    case "ListValue": self = .listValue
    case "Any": self = .any
    case "DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value",
      "BoolValue", "StringValue", "BytesValue":
      self = .wrapper
    default: return nil
    }
  }
}

extension EnumDescriptor {
  /// The enum whose only value is JSON's null.
  var isNullValue: Bool { strcmp(c.pointee.name, "google.protobuf.NullValue") == 0 }
}
