/// How messages are read from and written as JSON.
package struct JSONOptions: Sendable {
  /// Reading skips fields and enum names that the schema does not know; otherwise they are errors.
  package var ignoreUnknown = false
  /// Writing also prints fields that have their default value, except messages and oneofs.
  package var includeDefaults = false
  /// Writing breaks lines and indents by two spaces.
  package var pretty = false
  /// The longest text that is read, in bytes.
  package var maxBytes = 4 << 20
  /// The deepest nesting of objects and arrays that is read or written.
  package var maxDepth = 100
  /// The types that a `google.protobuf.Any` may hold.
  package var types = TypeRegistry()

  /// The defaults: strict and compact.
  package init() {}
}

/// Message types by their full names.
package struct TypeRegistry: Sendable {
  private var descriptors: [String: MessageDescriptor] = [:]

  /// The registry of these types.
  package init(_ types: [MessageDescriptor] = []) {
    for type in types { descriptors[type.name] = type }
  }

  /// The type with this full name; nil if it is not known.
  package subscript(name: String) -> MessageDescriptor? { descriptors[name] }

  /// The type that the URL of an `Any` names: what follows its last slash.
  func type(at url: String) -> MessageDescriptor? {
    guard let slash = url.lastIndex(of: "/") else { return nil }
    return descriptors[String(url[url.index(after: slash)...])]
  }
}
