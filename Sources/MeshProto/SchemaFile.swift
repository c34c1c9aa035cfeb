internal import MeshText

/// One proto file as protoc describes it, a `google.protobuf.FileDescriptorProto`.
package struct SchemaFile: Sendable {
  /// The path below the import root, for example "tenantry/tenants/v1/tenants.proto".
  package private(set) var name = ""
  /// The names of the files that it imports.
  package private(set) var imports: [String] = []
  /// The full names of all that it declares: services, methods, types, fields, values.
  package private(set) var symbols: [String] = []
  /// The extensions that it declares.
  package private(set) var extensions: [Extension] = []
  /// The descriptor as protoc encoded it.
  package let encoded: [UInt8]

  /// A field that a file adds to a type of another one.
  package struct Extension: Sendable, Hashable {
    /// The full name of the type.
    package let type: String
    /// The field's number.
    package let number: Int32

    /// Field `number` of `type`.
    package init(type: String, number: Int32) {
      self.type = type
      self.number = number
    }
  }

  /// Reads the descriptor that generated code has in base64.
  package init(base64 text: StaticString) {
    let digits = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard let encoded = Base64.decode(digits) else {
      preconditionFailure("protoc-gen-mesh wrote no base64")
    }
    self.encoded = encoded
    encoded.withUnsafeBytes { read(DescriptorFields($0)) }
  }

  // The numbers below are those of google/protobuf/descriptor.proto.

  private mutating func read(_ file: DescriptorFields) {
    name = file.text(1)
    imports = file.texts(3)
    let package = file.text(2)
    for message in file.messages(4) { readMessage(message, in: package) }
    for type in file.messages(5) { readEnum(type, in: package) }
    for service in file.messages(6) {
      let service = (fields: service, name: declare(service, in: package))
      for method in service.fields.messages(2) { _ = declare(method, in: service.name) }
    }
    for field in file.messages(7) { readExtension(field, in: package) }
  }

  private mutating func readMessage(_ message: DescriptorFields, in scope: String) {
    let name = declare(message, in: scope)
    for field in message.messages(2) { _ = declare(field, in: name) }
    for nested in message.messages(3) { readMessage(nested, in: name) }
    for type in message.messages(4) { readEnum(type, in: name) }
    for field in message.messages(6) { readExtension(field, in: name) }
    for oneof in message.messages(8) { _ = declare(oneof, in: name) }
  }

  /// An enum's values are siblings of the enum, as in C++.
  private mutating func readEnum(_ type: DescriptorFields, in scope: String) {
    _ = declare(type, in: scope)
    for value in type.messages(2) { _ = declare(value, in: scope) }
  }

  private mutating func readExtension(_ field: DescriptorFields, in scope: String) {
    _ = declare(field, in: scope)
    let type = String(field.text(2).drop { $0 == "." })
    extensions.append(
      Extension(type: type, number: Int32(truncatingIfNeeded: field.integer(3))))
  }

  private mutating func declare(_ element: DescriptorFields, in scope: String) -> String {
    let name = element.text(1)
    let fullName = scope.isEmpty ? name : "\(scope).\(name)"
    symbols.append(fullName)
    return fullName
  }
}

/// An encoded descriptor, asked field by field; the bytes must outlive it.
private struct DescriptorFields {
  private let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  func messages(_ number: UInt32) -> [DescriptorFields] { delimited(number).map { Self($0) } }

  func texts(_ number: UInt32) -> [String] {
    delimited(number).map { String(decoding: $0, as: UTF8.self) }
  }

  func text(_ number: UInt32) -> String { texts(number).last ?? "" }

  func integer(_ number: UInt32) -> UInt64 {
    var reader = WireReader(bytes)
    while let (field, wireType) = reader.tag() {
      if field == number, wireType == 0 { return reader.varint() ?? 0 }
      guard reader.skip(wireType) else { break }
    }
    return 0
  }

  private func delimited(_ number: UInt32) -> [UnsafeRawBufferPointer] {
    var values: [UnsafeRawBufferPointer] = []
    var reader = WireReader(bytes)
    while let (field, wireType) = reader.tag() {
      if field == number, wireType == 2, let value = reader.delimited() {
        values.append(value)
      } else if !reader.skip(wireType) {
        break
      }
    }
    return values
  }
}
