internal import CProtobufC

/// A C struct of a message together with its descriptor, read field by field at run time.
struct CMessage {
  let bytes: UnsafeMutableRawPointer
  let descriptor: UnsafePointer<ProtobufCMessageDescriptor>

  /// The struct at `raw`, which says itself of what type it is.
  init(_ raw: UnsafeRawPointer) {
    bytes = UnsafeMutableRawPointer(mutating: raw)
    descriptor = raw.assumingMemoryBound(to: ProtobufCMessage.self).pointee.descriptor
  }

  /// A new struct in `arena` with every field at its default.
  init(_ descriptor: UnsafePointer<ProtobufCMessageDescriptor>, in arena: ProtoArena)
    throws(ProtoError)
  {
    guard let bytes = arena.state.pointee.allocate(descriptor.pointee.sizeof_message) else {
      throw .tooLarge(limit: ProtoArena.decodeLimit)
    }
    self.bytes = bytes
    self.descriptor = descriptor
    protobuf_c_message_init(descriptor, bytes)
  }

  var name: String { String(cString: descriptor.pointee.name) }

  var fieldCount: Int { Int(descriptor.pointee.n_fields) }

  func field(at index: Int) -> FieldDescriptor {
    FieldDescriptor(c: descriptor.pointee.fields + index, parent: descriptor)
  }

  func field(number: UInt32) -> FieldDescriptor? {
    protobuf_c_message_descriptor_get_field(descriptor, number).map {
      FieldDescriptor(c: $0, parent: descriptor)
    }
  }

  /// Where the value of a singular field lies, or the pointer to the elements of a repeated one.
  func slot(_ field: FieldDescriptor) -> UnsafeMutableRawPointer {
    bytes + Int(field.c.pointee.offset)
  }

  /// How many elements a repeated field has.
  func count(_ field: FieldDescriptor) -> Int {
    (bytes + Int(field.c.pointee.quantifier_offset)).load(as: Int.self)
  }

  /// Where element `index` of a repeated field lies.
  func element(_ field: FieldDescriptor, _ index: Int) -> UnsafeRawPointer? {
    slot(field).load(as: UnsafeRawPointer?.self).map { $0 + index * field.kind.size }
  }

  /// Whether a singular field holds something to print: a set member of a oneof, a message that
  /// is there, or a value other than the default.
  func isSet(_ field: FieldDescriptor) -> Bool {
    if field.isOneofMember {
      let chosen = (bytes + Int(field.c.pointee.quantifier_offset)).load(as: UInt32.self)
      return chosen == field.number
    }
    let slot = slot(field)
    return switch field.kind {
    case .message: slot.load(as: UnsafeRawPointer?.self) != nil
    case .string: !ProtoReader.text(slot.load(as: UnsafePointer<CChar>?.self)).isEmpty
    case .bytes: slot.load(as: Int.self) != 0
    default:
      // As bits: -0 is a value of its own.
      field.kind.size == 4 ? slot.load(as: Int32.self) != 0 : slot.load(as: Int64.self) != 0
    }
  }

  /// Makes `field` the chosen member of its oneof; false if another one is chosen already.
  func choose(_ field: FieldDescriptor) -> Bool {
    let chosen = bytes + Int(field.c.pointee.quantifier_offset)
    guard chosen.load(as: UInt32.self) == 0 else { return false }
    chosen.storeBytes(of: field.number, as: UInt32.self)
    return true
  }

  /// Takes back ``choose(_:)``.
  func forgetChoice(_ field: FieldDescriptor) {
    (bytes + Int(field.c.pointee.quantifier_offset)).storeBytes(of: 0, as: UInt32.self)
  }

  /// Has every -0 in the message sent; see ``ProtoArena/keepSign(of:_:in:)-(Double,_,_)``.
  func keepSigns(in arena: ProtoArena) {
    for index in 0..<fieldCount {
      let field = field(at: index)
      switch field.kind {
      case .message: for nested in messages(field) { nested.keepSigns(in: arena) }
      case .float where !field.isRepeated && !field.isOneofMember:
        arena.keepSign(of: slot(field).load(as: Float.self), field.number, in: bytes)
      case .double where !field.isRepeated && !field.isOneofMember:
        arena.keepSign(of: slot(field).load(as: Double.self), field.number, in: bytes)
      default: break
      }
    }
  }

  /// The messages in a field of that kind, however many there are.
  private func messages(_ field: FieldDescriptor) -> [CMessage] {
    let slots: [UnsafeRawPointer?]
    if field.isRepeated {
      slots = (0..<count(field)).map { element(field, $0) }
    } else {
      slots = isSet(field) ? [UnsafeRawPointer(slot(field))] : []
    }
    return slots.compactMap { $0?.load(as: UnsafeRawPointer?.self).map { CMessage($0) } }
  }

  /// Gives a repeated field its elements.
  func setElements(_ field: FieldDescriptor, _ start: UnsafeMutableRawPointer?, count: Int) {
    slot(field).storeBytes(of: start, as: UnsafeMutableRawPointer?.self)
    (bytes + Int(field.c.pointee.quantifier_offset)).storeBytes(of: count, as: Int.self)
  }
}
