internal import CProtobufC

/// An enum type: its names and numbers.
package struct EnumDescriptor: @unchecked Sendable {
  // Unchecked for the same reason as MessageDescriptor: constants of the program.
  let c: UnsafePointer<ProtobufCEnumDescriptor>

  init(_ raw: UnsafeRawPointer) {
    c = raw.assumingMemoryBound(to: ProtobufCEnumDescriptor.self)
  }

  /// The type's full name, for example "tenantry.tenants.v1.Tier".
  package var name: String { String(cString: c.pointee.name) }

  /// The values' names with their numbers, in order of the numbers.
  package var values: [(name: String, number: Int32)] {
    (0..<Int(c.pointee.n_values)).map { index in
      (String(cString: c.pointee.values[index].name), c.pointee.values[index].value)
    }
  }

  /// The name of `number`; nil if the schema gives it none.
  package func name(of number: Int32) -> String? {
    protobuf_c_enum_descriptor_get_value(c, number).map { String(cString: $0.pointee.name) }
  }

  /// The number of the value called `name`; nil if there is none.
  package func number(of name: String) -> Int32? {
    protobuf_c_enum_descriptor_get_value_by_name(c, name)?.pointee.value
  }
}
