/// The names that schema elements get in Swift.
///
/// A package is a caseless enum: "tenantry.tenants.v1" is `TenantsV1` (the product's own name is
/// left out), "google.protobuf" is `GoogleProtobuf`. Types keep their names and their nesting.
/// Fields, methods and enum values are in lowerCamelCase with `ID`, `URL`, `IP` and the like in
/// capitals; an enum's values lose the enum's name in front.
enum SwiftNames {
  private static let keywords: Set<String> = [
    "actor", "as", "associatedtype", "async", "await", "break", "case", "catch", "class",
    "continue", "default", "defer", "deinit", "do", "else", "enum", "extension", "fallthrough",
    "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "init", "inout",
    "internal", "is", "let", "nil", "operator", "package", "precedencegroup", "private",
    "protocol", "public", "repeat", "rethrows", "return", "static", "struct", "subscript",
    "super", "switch", "throw", "throws", "true", "try", "typealias", "var", "where", "while",
  ]

  /// Type names that Swift keeps for itself, or that generated code means otherwise.
  private static let reservedTypes: Set<String> = [
    "Any", "Array", "Bool", "Dictionary", "Double", "Equatable", "Error", "Float", "Hashable",
    "Int", "Int32", "Int64", "Optional", "Protocol", "Self", "Sendable", "String", "Type",
    "UInt32", "UInt64", "UInt8",
  ]

  /// Property names that generated messages have already.
  private static let reservedProperties: Set<String> = ["unknownFields"]

  private static let acronyms: [String: String] = [
    "id": "ID", "ids": "IDs", "ip": "IP", "url": "URL", "urls": "URLs", "uri": "URI",
    "uris": "URIs", "http": "HTTP", "https": "HTTPS", "json": "JSON", "sql": "SQL",
    "tls": "TLS", "uuid": "UUID", "vkey": "VKey",
  ]

  static func namespace(_ package: String) -> String {
    var parts = package.split(separator: ".").map(String.init)
    if parts.count > 1, parts.first == "tenantry" { parts.removeFirst() }
    return parts.map { upperCamel($0) }.joined()
  }

  /// A type's own name.
  static func type(_ name: String, isEnum: Bool = false) -> String {
    reservedTypes.contains(name) ? name + (isEnum ? "Enum" : "Message") : name
  }

  /// A type's name with its namespace, for use from anywhere.
  static func qualified(_ fullName: String, package: String, isEnum: Bool = false) -> String {
    let parts = fullName.dropFirst(package.count).split(separator: ".").map(String.init)
    let nested = parts.enumerated().map { index, part in
      type(part, isEnum: isEnum && index == parts.count - 1)
    }
    return ([namespace(package)] + nested).joined(separator: ".")
  }

  /// A field or a oneof as a property, an enum value or method as a member.
  static func member(_ name: String) -> String {
    let camel = lowerCamel(name)
    if reservedProperties.contains(camel) { return camel + "_" }
    return keywords.contains(camel) ? "`\(camel)`" : camel
  }

  static func method(_ name: String) -> String {
    let lowered = name.prefix(1).lowercased() + name.dropFirst()
    return keywords.contains(lowered) ? "`\(lowered)`" : lowered
  }

  /// An enum's values as cases: without the enum's name in front, unless two would be the same.
  static func cases(_ type: EnumSchema) -> [String] {
    let prefix = upperSnake(type.name) + "_"
    let short = type.values.map { value in
      let rest = value.name.hasPrefix(prefix) ? value.name.dropFirst(prefix.count) : value.name[...]
      return rest.first?.isLetter == true ? String(rest) : value.name
    }
    let names = Set(short).count == short.count ? short : type.values.map(\.name)
    return names.map { member($0.lowercased()) }
  }

  static func upperCamel(_ name: String) -> String {
    name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  private static func lowerCamel(_ name: String) -> String {
    let words = name.split(separator: "_").map(String.init)
    guard let first = words.first else { return name }
    let rest = words.dropFirst().map { word in
      acronyms[word.lowercased()] ?? word.prefix(1).uppercased() + word.dropFirst()
    }
    return (first.prefix(1).lowercased() + first.dropFirst()) + rest.joined()
  }

  private static func upperSnake(_ name: String) -> String {
    var result = ""
    var previousIsUpper = true
    for character in name {
      if character.isUppercase, !previousIsUpper { result += "_" }
      previousIsUpper = character.isUppercase
      result += character.uppercased()
    }
    return result
  }
}

/// The names that protoc-c gives the same elements.
enum CNames {
  /// protoc-c appends an underscore to a field that is a C++ keyword.
  private static let keywords: Set<String> = [
    "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char",
    "class", "compl", "const", "const_cast", "continue", "default", "delete", "do", "double",
    "dynamic_cast", "else", "enum", "explicit", "extern", "false", "float", "for", "friend",
    "goto", "if", "inline", "int", "long", "mutable", "namespace", "new", "not", "not_eq",
    "operator", "or", "or_eq", "private", "protected", "public", "register", "reinterpret_cast",
    "return", "short", "signed", "sizeof", "static", "static_cast", "struct", "switch",
    "template", "this", "throw", "true", "try", "typedef", "typeid", "typename", "union",
    "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
  ]

  /// The struct of a message or the C enum: "tenantry.tenants.v1.Tenant" is
  /// `Tenantry__Tenants__V1__Tenant`.
  static func type(_ fullName: String) -> String {
    fullName.split(separator: ".").map { SwiftNames.upperCamel(String($0)) }
      .joined(separator: "__")
  }

  /// What a message's functions begin with: `tenantry__tenants__v1__tenant`.
  static func functions(_ fullName: String) -> String {
    fullName.split(separator: ".").map { lower(String($0)) }.joined(separator: "__")
  }

  static func field(_ name: String) -> String {
    let lowered = name.lowercased()
    if keywords.contains(lowered) { return lowered + "_" }
    // After a dot Swift takes this one for the initialiser.
    return lowered == "init" ? "`init`" : lowered
  }

  static func count(_ name: String) -> String {
    let lowered = name.lowercased()
    return "n_" + (keywords.contains(lowered) ? lowered + "_" : lowered)
  }

  static func oneofCase(_ name: String) -> String { lower(name) + "_case" }

  private static func lower(_ name: String) -> String {
    var result = ""
    var previousIsUpper = true
    for character in name {
      if character.isUppercase, !previousIsUpper { result += "_" }
      previousIsUpper = character.isUppercase
      result += character.lowercased()
    }
    return result
  }
}
