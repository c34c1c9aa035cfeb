import CProtoTypes
import CProtobufC

/// Takes from a `CodeGeneratorRequest` what we do not want protoc-c to generate.
///
/// protoc-c makes C stubs for services, which nobody calls and which do not compile when a method
/// is called like a C keyword, and pack and unpack functions for every message, where the runtime
/// goes by descriptors.
enum ServiceStripper {
  /// The option `(pb_c_file).gen_pack_helpers = false`: field 1019 of the file's options, in it
  /// field 2.
  private static let noPackHelpers: (tag: UInt32, value: [UInt8]) = (1019, [2, 0x10, 0])

  static func strip(_ bytes: [UInt8]) throws(GenerationError) -> [UInt8] {
    guard
      let request = google__protobuf__compiler__code_generator_request__unpack(
        nil, bytes.count, bytes)
    else {
      throw GenerationError("standard input", "is not a CodeGeneratorRequest; protoc runs this")
    }
    // The process ends soon: what is replaced here is not given back.
    for file in RequestReader.list(request.pointee.proto_file, request.pointee.n_proto_file) {
      file.pointee.n_service = 0
      let options = file.pointee.options ?? newOptions()
      file.pointee.options = options
      addNoPackHelpers(to: options)
    }
    let size = google__protobuf__compiler__code_generator_request__get_packed_size(request)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = google__protobuf__compiler__code_generator_request__pack(
        request, buffer.baseAddress)
    }
  }

  private static func newOptions() -> UnsafeMutablePointer<Google__Protobuf__FileOptions> {
    let options = UnsafeMutablePointer<Google__Protobuf__FileOptions>.allocate(capacity: 1)
    google__protobuf__file_options__init(options)
    return options
  }

  private static func addNoPackHelpers(
    to options: UnsafeMutablePointer<Google__Protobuf__FileOptions>
  ) {
    let old = Int(options.pointee.base.n_unknown_fields)
    let fields = UnsafeMutablePointer<ProtobufCMessageUnknownField>.allocate(capacity: old + 1)
    for index in 0..<old { fields[index] = options.pointee.base.unknown_fields[index] }
    let data = UnsafeMutablePointer<UInt8>.allocate(capacity: noPackHelpers.value.count)
    data.initialize(from: noPackHelpers.value, count: noPackHelpers.value.count)
    fields[old] = ProtobufCMessageUnknownField(
      tag: noPackHelpers.tag, wire_type: PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
      len: noPackHelpers.value.count, data: data)
    options.pointee.base.n_unknown_fields = UInt32(old + 1)
    options.pointee.base.unknown_fields = fields
  }
}
