internal import CProtobufC

/// A message type as protobuf-c describes it: its name and its fields, at run time.
package struct MessageDescriptor: @unchecked Sendable {
  // Unchecked because of the pointer: it leads to protobuf-c's generated descriptors, which are
  // constants of the program.
  let c: UnsafePointer<ProtobufCMessageDescriptor>
  /// The type can contain itself, so its values can nest without end.
  let isRecursive: Bool

  /// Wraps the `ProtobufCMessageDescriptor` at `raw`, a constant of generated C code.
  package init(_ raw: UnsafeRawPointer) {
    c = raw.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
    var path: Set<UnsafePointer<ProtobufCMessageDescriptor>> = []
    var done: Set<UnsafePointer<ProtobufCMessageDescriptor>> = []
    isRecursive = Self.findsCycle(c, &path, &done)
  }

  /// The type's full name, for example "tenantry.tenants.v1.Tenant".
  package var name: String { String(cString: c.pointee.name) }

  /// The type's own name, for example "Tenant".
  package var shortName: String { String(cString: c.pointee.short_name) }

  /// The fields, in order of their numbers.
  package var fields: [FieldDescriptor] {
    (0..<Int(c.pointee.n_fields)).map { FieldDescriptor(c: c.pointee.fields + $0, parent: c) }
  }

  /// The field with this name, as written in the schema or in JSON; nil if there is none.
  package func field(named name: String) -> FieldDescriptor? {
    fields.first { $0.name == name || $0.jsonName == name }
  }

  private static func findsCycle(
    _ c: UnsafePointer<ProtobufCMessageDescriptor>,
    _ path: inout Set<UnsafePointer<ProtobufCMessageDescriptor>>,
    _ done: inout Set<UnsafePointer<ProtobufCMessageDescriptor>>
  ) -> Bool {
    if path.contains(c) { return true }
    guard done.insert(c).inserted else { return false }
    path.insert(c)
    defer { path.remove(c) }
    for index in 0..<Int(c.pointee.n_fields) {
      let field = c.pointee.fields[index]
      guard field.type == PROTOBUF_C_TYPE_MESSAGE, let nested = field.descriptor else { continue }
      let message = nested.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
      if findsCycle(message, &path, &done) { return true }
    }
    return false
  }
}

extension MessageDescriptor: Hashable {
  /// Whether both are the same type.
  package static func == (left: Self, right: Self) -> Bool { left.c == right.c }

  /// Hashes the type's identity.
  package func hash(into hasher: inout Hasher) { hasher.combine(c) }
}
