/// Writes one enum, open: numbers without a name are kept.
struct EnumEmitter {
  private let type: EnumSchema

  init(_ type: EnumSchema) { self.type = type }

  func emit(to writer: inout SourceWriter) throws(GenerationError) {
    let name = SwiftNames.type(type.name, isEnum: true)
    let cases = SwiftNames.cases(type)
    // Aliases share a number: the first name is the case, the others are constants.
    var first: [Int32: String] = [:]
    var isAlias: [Bool] = []
    for (value, name) in zip(type.values, cases) {
      isAlias.append(first[value.number] != nil)
      if first[value.number] == nil { first[value.number] = name }
    }
    let values = zip(zip(type.values, cases), isAlias)
    let distinct = values.filter { !$0.1 }.map(\.0)
    writer.comment(type.comment, or: "The enum `\(type.fullName)`.")
    try writer.block("package enum \(name): ProtoEnum") { writer throws(GenerationError) in
      for (value, name) in distinct {
        writer.comment(value.comment, or: "`\(value.name)`, number \(value.number).")
        writer.line("case \(name)")
      }
      writer.line("/// A number that the schema does not name.")
      writer.line("case unrecognized(Int32)")
      for ((value, name), isAlias) in values where isAlias {
        writer.comment(value.comment, or: "`\(value.name)`, number \(value.number).")
        let original = first[value.number] ?? name
        writer.line("package static let \(name) = Self.\(original)")
      }
      writer.line()
      writer.line("/// The values that the schema names.")
      writer.line(
        "package static let allNamed: [Self] = ["
          + distinct.map { ".\($0.1)" }.joined(separator: ", ") + "]")
      try emitConversions(distinct, &writer)
    }
  }

  private func emitConversions(
    _ values: [(EnumValueSchema, String)], _ writer: inout SourceWriter
  ) throws(GenerationError) {
    writer.line()
    try writer.block("package init(rawValue: Int32)") { writer in
      writer.line("switch rawValue {")
      for (value, name) in values { writer.line("case \(value.number): self = .\(name)") }
      writer.line("default: self = .unrecognized(rawValue)")
      writer.line("}")
    }
    writer.line()
    try writer.block("package var rawValue: Int32") { writer in
      writer.line("switch self {")
      for (value, name) in values { writer.line("case .\(name): \(value.number)") }
      writer.line("case .unrecognized(let number): number")
      writer.line("}")
    }
    writer.line()
    try writer.block("package var name: String?") { writer in
      writer.line("switch self {")
      for (value, name) in values { writer.line("case .\(name): \(value.name.literal)") }
      writer.line("case .unrecognized: nil")
      writer.line("}")
    }
  }
}
