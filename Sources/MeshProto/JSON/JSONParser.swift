internal import CProtobufC

/// Builds the C struct of a message from proto3 JSON, by its descriptors.
struct JSONParser {
  private(set) var scanner: JSONScanner
  let arena: ProtoArena
  let options: JSONOptions
  private(set) var path = FieldPath()

  static func parse(
    _ text: UnsafeRawBufferPointer, _ descriptor: MessageDescriptor, _ arena: ProtoArena,
    _ options: JSONOptions
  ) throws(ProtoError) -> UnsafeRawPointer {
    guard text.count <= options.maxBytes else { throw .tooLarge(limit: options.maxBytes) }
    return try arena.limited { () throws(ProtoError) in
      var parser = JSONParser(
        scanner: JSONScanner(text, maxDepth: options.maxDepth), arena: arena, options: options)
      let message = try CMessage(descriptor.c, in: arena)
      try parser.readMessage(into: message)
      try parser.scan { scanner throws(JSONScanner.Failure) in try scanner.end() }
      return UnsafeRawPointer(message.bytes)
    }
  }

  /// Reads the next value as the message that `message` is.
  mutating func readMessage(into message: CMessage) throws(ProtoError) {
    if let type = WellKnownType(message.descriptor) {
      return try readWellKnown(type, into: message)
    }
    try expect(.object, "an object")
    try readFields(into: message)
  }

  /// Reads an object's members into the fields they name; passes over a member called `reserved`,
  /// such as the "@type" of an `Any`.
  mutating func readFields(
    into message: CMessage, except reserved: String? = nil
  ) throws(ProtoError) {
    var seen: Set<UInt32> = []
    try scan { scanner throws(JSONScanner.Failure) in try scanner.open() }
    var first = true
    while try hasMore("}", &first) {
      let name = try scan { scanner throws(JSONScanner.Failure) in try scanner.key() }
      if let reserved, name.elementsEqual(reserved.utf8) {
        try skip()
        continue
      }
      guard let field = Self.field(name, of: message) else {
        path.push(name: String(decoding: name, as: UTF8.self))
        guard options.ignoreUnknown else { throw failure(.unknownField) }
        try skip()
        path.pop()
        continue
      }
      path.push(field)
      guard seen.insert(field.number).inserted else { throw failure(.duplicate) }
      try readField(field, into: message)
      path.pop()
    }
  }

  /// Reads the next value into a field; null leaves the field as it is.
  mutating func readField(
    _ field: FieldDescriptor, into message: CMessage
  ) throws(ProtoError) {
    if try next() == .null, !Self.acceptsNull(field) {
      return try scan { scanner throws(JSONScanner.Failure) in try scanner.literal("null") }
    }
    if field.isMap { return try readMap(field, into: message) }
    if field.isRepeated { return try readArray(field, into: message) }
    if field.isOneofMember, !message.choose(field) { throw failure(.oneofConflict) }
    if try !readValue(field, into: message.slot(field)), field.isOneofMember {
      message.forgetChoice(field)
    }
  }

  mutating func readArray(
    _ field: FieldDescriptor, into message: CMessage
  ) throws(ProtoError) {
    try expect(.array, "an array")
    try scan { scanner throws(JSONScanner.Failure) in try scanner.open() }
    var elements = ArenaList(arena: arena, stride: field.kind.size)
    var first = true
    while try hasMore("]", &first) {
      path.push(index: elements.count)
      if try next() == .null, !Self.acceptsNull(field) {
        throw failure(.expected("a value, not null"))
      }
      let slot = try elements.reserve()
      if try readValue(field, into: slot) { elements.count += 1 }
      path.pop()
    }
    message.setElements(field, elements.start, count: elements.count)
  }

  mutating func readMap(_ field: FieldDescriptor, into message: CMessage) throws(ProtoError) {
    guard let entryType = field.nested else { return }
    try expect(.object, "an object")
    try scan { scanner throws(JSONScanner.Failure) in try scanner.open() }
    var entries = ArenaList(arena: arena, stride: field.kind.size)
    var seen: Set<[UInt8]> = []
    var first = true
    while try hasMore("}", &first) {
      let key = try scan { scanner throws(JSONScanner.Failure) in try scanner.key() }
      path.push(key: String(decoding: key, as: UTF8.self))
      guard seen.insert(key).inserted else { throw failure(.duplicate) }
      let entry = try CMessage(entryType, in: arena)
      let value = entry.field(at: 1)
      if try next() == .null, !Self.acceptsNull(value) {
        throw failure(.expected("a value, not null"))
      }
      try readKey(key, entry.field(at: 0), into: entry.slot(entry.field(at: 0)))
      let slot = try entries.reserve()
      slot.storeBytes(of: entry.bytes, as: UnsafeMutableRawPointer.self)
      if try readValue(value, into: entry.slot(value)) { entries.count += 1 }
      path.pop()
    }
    message.setElements(field, entries.start, count: entries.count)
  }

  // Steps through the text, with the path added to what the scanner throws.

  mutating func next() throws(ProtoError) -> JSONScanner.Token {
    try scan { scanner throws(JSONScanner.Failure) in try scanner.next() }
  }

  mutating func skip() throws(ProtoError) {
    try scan { scanner throws(JSONScanner.Failure) in try scanner.skipValue() }
  }

  mutating func expect(_ token: JSONScanner.Token, _ form: String) throws(ProtoError) {
    guard try next() == token else { throw failure(.expected(form)) }
  }

  mutating func scan<T>(
    _ step: (inout JSONScanner) throws(JSONScanner.Failure) -> T
  ) throws(ProtoError) -> T {
    do throws(JSONScanner.Failure) {
      return try step(&scanner)
    } catch {
      switch error {
      case .syntax(let offset): throw failure(.syntax(offset: offset))
      case .tooDeep: throw .tooDeep(limit: options.maxDepth)
      }
    }
  }

  func failure(_ problem: JSONProblem) -> ProtoError { .json(path: path.text, problem) }

  mutating func hasMore(
    _ bracket: Unicode.Scalar, _ first: inout Bool
  ) throws(ProtoError) -> Bool {
    try scan { scanner throws(JSONScanner.Failure) in
      try scanner.hasMore(bracket, first: &first)
    }
  }

  private static func field(_ name: [UInt8], of message: CMessage) -> FieldDescriptor? {
    for index in 0..<message.fieldCount {
      let field = message.field(at: index)
      if field.isNamed(name) { return field }
    }
    return nil
  }

  /// Whether null is a value of the field's type instead of its absence.
  private static func acceptsNull(_ field: FieldDescriptor) -> Bool {
    if field.isMap { return false }
    if let nested = field.nested { return WellKnownType(nested) == .value }
    return field.enumeration?.isNullValue ?? false
  }
}

/// A C array that grows in an arena while its length is not known yet.
struct ArenaList {
  let arena: ProtoArena
  let stride: Int
  private(set) var start: UnsafeMutableRawPointer?
  var count = 0
  private var capacity = 0

  init(arena: ProtoArena, stride: Int) {
    self.arena = arena
    self.stride = stride
  }

  /// Zeroed room for the element after the last; it counts once the caller raises `count`.
  mutating func reserve() throws(ProtoError) -> UnsafeMutableRawPointer {
    if count < capacity, let start { return cleared(start) }
    capacity = max(4, 2 * capacity)
    guard let larger = arena.state.pointee.allocate(capacity * stride) else {
      throw .tooLarge(limit: ProtoArena.decodeLimit)
    }
    if let start { larger.copyMemory(from: start, byteCount: count * stride) }
    start = larger
    return cleared(larger)
  }

  private func cleared(_ start: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    let slot = start + count * stride
    slot.initializeMemory(as: UInt8.self, repeating: 0, count: stride)
    return slot
  }
}
