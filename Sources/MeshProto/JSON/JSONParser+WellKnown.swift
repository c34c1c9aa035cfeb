extension JSONParser {
  /// Reads the next value into a message that has a JSON form of its own.
  mutating func readWellKnown(
    _ type: WellKnownType, into message: CMessage
  ) throws(ProtoError) {
    switch type {
    case .timestamp:
      guard let time = TimeText.parseTimestamp(try string("a time")) else {
        throw failure(.expected("a time such as \"2026-01-31T12:00:00Z\""))
      }
      store(time.seconds, time.nanos, into: message)
    case .duration:
      guard let time = TimeText.parseDuration(try string("a duration")) else {
        throw failure(.expected("a duration such as \"1.5s\""))
      }
      store(time.seconds, time.nanos, into: message)
    case .fieldMask: try readFieldMask(into: message)
    case .struct: try readMap(message.field(at: 0), into: message)
    case .listValue: try readArray(message.field(at: 0), into: message)
    case .wrapper:
      let field = message.field(at: 0)
      _ = try readValue(field, into: message.slot(field))
    case .value: try readDynamicValue(into: message)
    case .any: try readAny(into: message)
    }
  }

  private func store(_ seconds: Int64, _ nanos: Int32, into message: CMessage) {
    message.slot(message.field(at: 0)).storeBytes(of: seconds, as: Int64.self)
    message.slot(message.field(at: 1)).storeBytes(of: nanos, as: Int32.self)
  }

  private mutating func readFieldMask(into message: CMessage) throws(ProtoError) {
    let text = try string("field names joined by commas")
    let field = message.field(at: 0)
    var paths = ArenaList(arena: arena, stride: field.kind.size)
    for part in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: true) {
      guard let name = FieldMaskText.protoName(part) else {
        throw failure(.expected("field names in lowerCamelCase"))
      }
      try store(text: name, into: try paths.reserve())
      paths.count += 1
    }
    message.setElements(field, paths.start, count: paths.count)
  }

  /// Reads any JSON value into a `google.protobuf.Value`: the member of its oneof goes by the
  /// value's form.
  private mutating func readDynamicValue(into message: CMessage) throws(ProtoError) {
    let number: UInt32 =
      switch try next() {
      case .null: 1
      case .number: 2
      case .string: 3
      case .bool: 4
      case .object: 5
      case .array: 6
      }
    guard let field = message.field(number: number), message.choose(field) else { return }
    _ = try readValue(field, into: message.slot(field))
  }

  /// Reads an `Any`: finds "@type" wherever it stands, then reads the object again as that type.
  private mutating func readAny(into message: CMessage) throws(ProtoError) {
    try expect(.object, "an object")
    guard let url = try typeURL() else { return try readEmptyAny() }
    guard let type = options.types.type(at: url) else {
      throw .unknownType(path: path.text, url: url.excerpt)
    }
    let nested = try CMessage(type.c, in: arena)
    if WellKnownType(type.c) != nil {
      try readSpecialAny(into: nested)
    } else {
      try readFields(into: nested, except: "@type")
    }
    nested.keepSigns(in: arena)
    guard let urlField = message.field(number: 1), let valueField = message.field(number: 2)
    else { return }
    try store(text: Array(url.utf8), into: message.slot(urlField))
    try store(
      bytes: arena.pack(nested.bytes, reserving: 0), into: message.slot(valueField))
  }

  /// The "@type" of the object that comes next, which is left unread.
  private mutating func typeURL() throws(ProtoError) -> String? {
    var ahead = self
    var url: String?
    try ahead.readMembers { parser, name throws(ProtoError) in
      guard name == Array("@type".utf8) else { return try parser.skip() }
      if url != nil { throw parser.failure(.duplicate) }
      url = String(decoding: try parser.string(), as: UTF8.self)
    }
    return url
  }

  private mutating func readSpecialAny(into nested: CMessage) throws(ProtoError) {
    var isFound = false
    try readMembers { parser, name throws(ProtoError) in
      if name == Array("value".utf8) {
        if isFound { throw parser.failure(.duplicate) }
        isFound = true
        try parser.readMessage(into: nested)
      } else if name == Array("@type".utf8) || parser.options.ignoreUnknown {
        try parser.skip()
      } else {
        throw parser.failure(.unknownField)
      }
    }
    guard isFound else { throw failure(.expected("a member \"value\"")) }
  }

  /// Without "@type" only the empty object is an `Any`.
  private mutating func readEmptyAny() throws(ProtoError) {
    try readMembers { parser, _ throws(ProtoError) in
      throw parser.failure(.expected("a member \"@type\""))
    }
  }

  private mutating func readMembers(
    _ read: (inout JSONParser, [UInt8]) throws(ProtoError) -> Void
  ) throws(ProtoError) {
    try scan { scanner throws(JSONScanner.Failure) in try scanner.open() }
    var first = true
    while try hasMore("}", &first) {
      let name = try scan { scanner throws(JSONScanner.Failure) in try scanner.key() }
      try read(&self, name)
    }
  }
}
