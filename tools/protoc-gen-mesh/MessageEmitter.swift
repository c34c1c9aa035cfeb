/// Writes one message as a Swift struct.
struct MessageEmitter {
  private let planner: FieldPlanner
  private let message: MessageSchema
  private let options: GeneratorOptions
  private let plans: [FieldPlan]

  init(
    _ message: MessageSchema, _ planner: FieldPlanner, _ options: GeneratorOptions
  ) throws(GenerationError) {
    self.message = message
    self.planner = planner
    self.options = options
    var plans: [FieldPlan] = []
    for field in message.fields { plans.append(try planner.plan(field, of: message)) }
    self.plans = plans
  }

  /// The fields outside of oneofs.
  private var plain: [FieldPlan] { plans.filter { $0.field.oneof == nil } }

  func emit(to writer: inout SourceWriter) throws(GenerationError) {
    writer.comment(message.comment, or: "The message `\(message.fullName)`.")
    let conformances = options.services ? "ProtoMessage, MeshRPC.RPCMessage" : "ProtoMessage"
    let name = SwiftNames.type(message.name)
    try writer.block("package struct \(name): \(conformances)") { writer throws(GenerationError) in
      emitProperties(&writer)
      try emitDescriptor(&writer)
      try emitMemberwiseInit(&writer)
      try emitReading(&writer)
      try emitWriting(&writer)
      for index in message.oneofs.indices {
        writer.line()
        try emitOneof(index, &writer)
      }
      for type in message.enums {
        writer.line()
        try EnumEmitter(type).emit(to: &writer)
      }
      for nested in message.nested where !nested.isMapEntry {
        writer.line()
        try MessageEmitter(nested, planner, options).emit(to: &writer)
      }
    }
  }

  private func emitProperties(_ writer: inout SourceWriter) {
    for plan in plain {
      writer.comment(plan.field.comment, or: "The field `\(plan.field.name)`.")
      let box = plan.isBoxed ? "@Boxed " : ""
      writer.line("\(box)package var \(plan.property): \(plan.type) = \(plan.defaultValue)")
    }
    for (index, oneof) in message.oneofs.enumerated() {
      writer.comment(oneof.comment, or: "Which of `\(oneof.name)` is set, if any.")
      let property = SwiftNames.member(oneof.name)
      writer.line("package var \(property): \(oneofType(index))? = nil")
    }
    writer.line("/// What came on the wire and the schema does not know.")
    writer.line("package var unknownFields = UnknownFields()")
    writer.line()
  }

  private func emitDescriptor(_ writer: inout SourceWriter) throws(GenerationError) {
    writer.line("package static let descriptor: MeshProto.MessageDescriptor = {")
    writer.line("  var message = \(CNames.type(message.fullName))()")
    writer.line("  \(CNames.functions(message.fullName))__init(&message)")
    writer.line("  return MeshProto.MessageDescriptor(message.base.descriptor)")
    writer.line("}()")
    writer.line()
    writer.line("/// The message with every field at its default.")
    writer.line("package init() {}")
  }

  private func emitMemberwiseInit(_ writer: inout SourceWriter) throws(GenerationError) {
    var parameters = plain.map { "\($0.property): \($0.type) = \($0.defaultValue)" }
    var names = plain.map(\.property)
    for (index, oneof) in message.oneofs.enumerated() {
      let property = SwiftNames.member(oneof.name)
      parameters.append("\(property): \(oneofType(index))? = nil")
      names.append(property)
    }
    guard !parameters.isEmpty else { return }
    writer.line()
    writer.line("/// The message with these fields.")
    let last = parameters.count - 1
    let lines = parameters.enumerated().map { $0 == last ? $1 : $1 + "," }
    writer.list("package init(", lines, ") {")
    writer.lines(names.map { "  self.\($0) = \($0)" })
    writer.line("}")
  }

  private func emitReading(_ writer: inout SourceWriter) throws(GenerationError) {
    writer.line()
    try writer.block(
      "package init(message: UnsafeRawPointer) throws(ProtoError)"
    ) { writer throws(GenerationError) in
      if !plans.isEmpty {
        let type = CNames.type(message.fullName)
        writer.line("let c = message.assumingMemoryBound(to: \(type).self)")
      }
      for plan in plain { try emitRead(plan, &writer) }
      for (index, oneof) in message.oneofs.enumerated() {
        try emitReadOneof(index, oneof, &writer)
      }
      writer.line("self.unknownFields = UnknownFields(message: message)")
    }
  }

  private func emitRead(
    _ plan: FieldPlan, _ writer: inout SourceWriter
  ) throws(GenerationError) {
    let code = ValueCode(type: plan.field.type, swiftType: plan.valueType)
    switch plan.shape {
    case .singular: writer.line("\(plan.access) = \(code.read(plan.c))")
    case .repeated: writer.line("\(plan.access) = \(code.readArray(plan.c, plan.cCount))")
    case .map(_, let key, let value):
      let keyCode = ValueCode(type: key, swiftType: FieldPlan.scalarType(key))
      let valueCode = ValueCode(type: value, swiftType: plan.valueType)
      let absent = if case .message = value { " ?? \(plan.valueType)()" } else { "" }
      try writer.block("for index in 0..<Int(\(plan.cCount))") { writer in
        writer.line("guard let entry = \(plan.c)[index] else { continue }")
        writer.line("let key = \(keyCode.read("entry.pointee.key"))")
        writer.line("\(plan.access)[key] = \(valueCode.read("entry.pointee.value"))\(absent)")
      }
    }
  }

  private func emitReadOneof(
    _ index: Int, _ oneof: OneofSchema, _ writer: inout SourceWriter
  ) throws(GenerationError) {
    let property = "self." + SwiftNames.member(oneof.name)
    writer.line("switch c.pointee.\(CNames.oneofCase(oneof.name)).rawValue {")
    for plan in members(of: index) {
      let code = ValueCode(type: plan.field.type, swiftType: plan.valueType)
      let absent = if case .message = plan.field.type { " ?? \(plan.valueType)()" } else { "" }
      writer.line("case \(plan.field.number):")
      writer.line("  \(property) = .\(plan.property)(\(code.read(plan.c))\(absent))")
    }
    writer.line("default: break")
    writer.line("}")
  }

  private func emitWriting(_ writer: inout SourceWriter) throws(GenerationError) {
    writer.line()
    try writer.block(
      "package func write(into arena: ProtoArena) -> UnsafeMutableRawPointer"
    ) { writer throws(GenerationError) in
      writer.line("let c = arena.allocate(\(CNames.type(message.fullName)).self)")
      writer.line("\(CNames.functions(message.fullName))__init(c)")
      for plan in plain { try emitWrite(plan, &writer) }
      for (index, oneof) in message.oneofs.enumerated() {
        try emitWriteOneof(index, oneof, &writer)
      }
      writer.line("let message = UnsafeMutableRawPointer(c)")
      writer.line("self.unknownFields.write(to: message, in: arena)")
      writer.line("return message")
    }
  }

  private func emitWrite(
    _ plan: FieldPlan, _ writer: inout SourceWriter
  ) throws(GenerationError) {
    let code = ValueCode(type: plan.field.type, swiftType: plan.valueType)
    switch plan.shape {
    case .singular:
      if case .message = plan.field.type {
        try writer.block("if let value = \(plan.access)") { writer in
          writer.lines(code.write("value", to: plan.c))
        }
      } else if let condition = code.isSet(plan.access) {
        try writer.block("if \(condition)") { writer in
          writer.lines(code.write(plan.access, to: plan.c))
        }
      } else {
        writer.lines(code.write(plan.access, to: plan.c))
        writer.lines(code.keepSign(plan.access, number: plan.field.number, of: "c"))
      }
    case .repeated:
      try writer.block("if !\(plan.access).isEmpty") { writer in
        writer.line("\(plan.cCount) = \(plan.access).count")
        writer.line("\(plan.c) = \(code.writeArray(plan.access))")
      }
    case .map(let entry, let key, let value):
      try emitWriteMap(plan, entry, key, value, &writer)
    }
  }

  /// Maps go out in the order of their keys, so that equal messages have equal bytes.
  private func emitWriteMap(
    _ plan: FieldPlan, _ entry: MessageSchema, _ key: FieldType, _ value: FieldType,
    _ writer: inout SourceWriter
  ) throws(GenerationError) {
    let type = CNames.type(entry.fullName)
    let keyCode = ValueCode(type: key, swiftType: FieldPlan.scalarType(key))
    let valueCode = ValueCode(type: value, swiftType: plan.valueType)
    let order = key == .bool ? "!$0.key && $1.key" : "$0.key < $1.key"
    try writer.block("if !\(plan.access).isEmpty") { writer throws(GenerationError) in
      writer.line("let count = \(plan.access).count")
      writer.line(
        "let entries = arena.allocate(UnsafeMutablePointer<\(type)>?.self, count: count)")
      writer.line("let sorted = \(plan.access).sorted { \(order) }")
      try writer.block("for (index, (key, value)) in sorted.enumerated()") { writer in
        writer.line("let entry = arena.allocate(\(type).self)")
        writer.line("\(CNames.functions(entry.fullName))__init(entry)")
        writer.lines(keyCode.write("key", to: "entry.pointee.key"))
        writer.lines(valueCode.write("value", to: "entry.pointee.value"))
        writer.lines(valueCode.keepSign("value", number: 2, of: "entry"))
        writer.line("entries[index] = entry")
      }
      writer.line("\(plan.cCount) = count")
      writer.line("\(plan.c) = entries")
    }
  }

  private func emitWriteOneof(
    _ index: Int, _ oneof: OneofSchema, _ writer: inout SourceWriter
  ) throws(GenerationError) {
    writer.line("switch self.\(SwiftNames.member(oneof.name)) {")
    for plan in members(of: index) {
      let code = ValueCode(type: plan.field.type, swiftType: plan.valueType)
      writer.line("case .\(plan.property)(let value):")
      writer.line("  c.pointee.\(CNames.oneofCase(oneof.name)) = .init(\(plan.field.number))")
      writer.lines(code.write("value", to: plan.c).map { "  " + $0 })
    }
    writer.line("case nil: break")
    writer.line("}")
  }

  private func emitOneof(
    _ index: Int, _ writer: inout SourceWriter
  ) throws(GenerationError) {
    let oneof = message.oneofs[index]
    let members = members(of: index)
    let indirect = members.contains(where: \.isBoxed) ? "indirect " : ""
    writer.comment(oneof.comment, or: "The alternatives of `\(oneof.name)`.")
    try writer.block(
      "package \(indirect)enum \(oneofName(index)): Sendable, Equatable"
    ) { writer in
      for plan in members {
        writer.comment(plan.field.comment, or: "The field `\(plan.field.name)`.")
        writer.line("case \(plan.property)(\(plan.valueType))")
      }
    }
  }

  private func members(of oneof: Int) -> [FieldPlan] { plans.filter { $0.field.oneof == oneof } }

  private func oneofName(_ index: Int) -> String {
    let name = SwiftNames.type(SwiftNames.upperCamel(message.oneofs[index].name))
    let taken = message.nested.map(\.name) + message.enums.map(\.name)
    return taken.contains(name) ? name + "Choice" : name
  }

  private func oneofType(_ index: Int) -> String {
    let type = SwiftNames.qualified(message.fullName, package: message.package)
    return "\(type).\(oneofName(index))"
  }
}
