import CProtoTypes
import CProtobufC

/// Reads protoc's `CodeGeneratorRequest` into a ``Schema``.
enum RequestReader {
  typealias Request = Google__Protobuf__Compiler__CodeGeneratorRequest

  static func read(_ bytes: [UInt8]) throws(GenerationError) -> Schema {
    guard
      let request = google__protobuf__compiler__code_generator_request__unpack(
        nil, bytes.count, bytes)
    else {
      throw GenerationError("standard input", "is not a CodeGeneratorRequest; protoc runs this")
    }
    defer { google__protobuf__compiler__code_generator_request__free_unpacked(request, nil) }
    var files = list(request.pointee.proto_file, request.pointee.n_proto_file).map {
      FileReader($0.pointee).read()
    }
    for (index, encoded) in EncodedFiles.read(bytes).enumerated() { files[index].encoded = encoded }
    let generate = (0..<request.pointee.n_file_to_generate).map {
      text(request.pointee.file_to_generate[$0])
    }
    return Schema(files: files, generate: generate, parameter: text(request.pointee.parameter))
  }

  static func text(_ pointer: UnsafePointer<CChar>?) -> String {
    pointer.map { String(cString: $0) } ?? ""
  }

  /// The elements of a repeated message field.
  static func list<T>(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<T>?>?, _ count: Int
  ) -> [UnsafeMutablePointer<T>] {
    guard let pointer else { return [] }
    return (0..<count).compactMap { pointer[$0] }
  }
}

/// Reads one file's descriptor.
private struct FileReader {
  typealias Message = Google__Protobuf__DescriptorProto
  typealias Enum = Google__Protobuf__EnumDescriptorProto
  typealias Field = Google__Protobuf__FieldDescriptorProto
  typealias Service = Google__Protobuf__ServiceDescriptorProto

  // The numbers of descriptor.proto's fields, of which a comment's path consists.
  private static let messages: Int32 = 4
  private static let enums: Int32 = 5
  private static let services: Int32 = 6

  private let file: Google__Protobuf__FileDescriptorProto
  private let package: String
  private let comments: [[Int32]: String]

  init(_ file: Google__Protobuf__FileDescriptorProto) {
    self.file = file
    package = RequestReader.text(file.package)
    comments = Self.comments(file.source_code_info)
  }

  func read() -> FileSchema {
    FileSchema(
      name: text(file.name),
      package: package,
      syntax: file.syntax == nil ? "proto2" : text(file.syntax),
      messages: list(file.message_type, file.n_message_type).enumerated().map {
        message($1.pointee, in: package, [Self.messages, Int32($0)])
      },
      enums: list(file.enum_type, file.n_enum_type).enumerated().map {
        enumeration($1.pointee, in: package, [Self.enums, Int32($0)])
      },
      services: list(file.service, file.n_service).enumerated().map {
        service($1.pointee, [Self.services, Int32($0)])
      },
      extensions: list(file.extension, file.n_extension).map { field in
        ExtensionSchema(
          fullName: join(package, field.pointee.name), number: field.pointee.number,
          extends: reference(field.pointee.extendee), type: type(field.pointee))
      })
  }

  private func message(_ message: Message, in scope: String, _ path: [Int32]) -> MessageSchema {
    let fullName = join(scope, message.name)
    return MessageSchema(
      fullName: fullName,
      name: text(message.name),
      package: package,
      comment: comments[path] ?? "",
      fields: list(message.field, message.n_field).enumerated().map {
        field($1.pointee, path + [2, Int32($0)])
      },
      oneofs: list(message.oneof_decl, message.n_oneof_decl).enumerated().map {
        OneofSchema(name: text($1.pointee.name), comment: comments[path + [8, Int32($0)]] ?? "")
      },
      nested: list(message.nested_type, message.n_nested_type).enumerated().map {
        self.message($1.pointee, in: fullName, path + [3, Int32($0)])
      },
      enums: list(message.enum_type, message.n_enum_type).enumerated().map {
        enumeration($1.pointee, in: fullName, path + [4, Int32($0)])
      },
      isMapEntry: message.options?.pointee.map_entry == 1)
  }

  private func field(_ field: Field, _ path: [Int32]) -> FieldSchema {
    FieldSchema(
      name: text(field.name),
      number: field.number,
      type: type(field),
      isRepeated: field.label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED,
      oneof: field.has_oneof_index != 0 ? Int(field.oneof_index) : nil,
      isProto3Optional: field.proto3_optional != 0,
      jsonName: text(field.json_name),
      comment: comments[path] ?? "")
  }

  /// The type of a field; the numbers are those of `FieldDescriptorProto.Type`.
  private func type(_ field: Field) -> FieldType {
    let scalars: [UInt32: FieldType] = [
      1: .double, 2: .float, 3: .int64, 4: .uint64, 5: .int32, 6: .fixed64, 7: .fixed32,
      8: .bool, 9: .string, 12: .bytes, 13: .uint32, 15: .sfixed32, 16: .sfixed64, 17: .sint32,
      18: .sint64,
    ]
    let number = UInt32(field.type.rawValue)
    switch number {
    case 11: return .message(reference(field.type_name))
    case 14: return .enum(reference(field.type_name))
    default: return scalars[number] ?? .group
    }
  }

  private func enumeration(_ type: Enum, in scope: String, _ path: [Int32]) -> EnumSchema {
    EnumSchema(
      fullName: join(scope, type.name),
      name: text(type.name),
      package: package,
      comment: comments[path] ?? "",
      values: list(type.value, type.n_value).enumerated().map {
        EnumValueSchema(
          name: text($1.pointee.name), number: $1.pointee.number,
          comment: comments[path + [2, Int32($0)]] ?? "")
      })
  }

  private func service(_ service: Service, _ path: [Int32]) -> ServiceSchema {
    let fullName = join(package, service.name)
    return ServiceSchema(
      fullName: fullName,
      name: text(service.name),
      comment: comments[path] ?? "",
      methods: list(service.method, service.n_method).enumerated().map { index, method in
        MethodSchema(
          fullName: "\(fullName).\(text(method.pointee.name))",
          name: text(method.pointee.name),
          comment: comments[path + [2, Int32(index)]] ?? "",
          input: reference(method.pointee.input_type),
          output: reference(method.pointee.output_type),
          streamsRequests: method.pointee.client_streaming != 0,
          streamsResponses: method.pointee.server_streaming != 0,
          options: method.pointee.options.map { unknownFields($0.pointee.base) } ?? [])
      })
  }

  /// Options that are extensions reach us as unknown fields of the options message.
  private func unknownFields(_ message: ProtobufCMessage) -> [OptionValue] {
    (0..<Int(message.n_unknown_fields)).map { index in
      let field = message.unknown_fields[index]
      return OptionValue(
        number: field.tag, wireType: UInt32(field.wire_type.rawValue),
        bytes: Array(UnsafeBufferPointer(start: field.data, count: field.len)))
    }
  }

  /// The comments above the file's elements, by the elements' paths.
  private static func comments(
    _ info: UnsafeMutablePointer<Google__Protobuf__SourceCodeInfo>?
  ) -> [[Int32]: String] {
    guard let info else { return [:] }
    var comments: [[Int32]: String] = [:]
    for location in RequestReader.list(info.pointee.location, info.pointee.n_location) {
      let leading = RequestReader.text(location.pointee.leading_comments)
      let comment =
        leading.isEmpty ? RequestReader.text(location.pointee.trailing_comments) : leading
      guard !comment.isEmpty else { continue }
      let path = UnsafeBufferPointer(start: location.pointee.path, count: location.pointee.n_path)
      comments[Array(path)] = comment
    }
    return comments
  }

  private func text(_ pointer: UnsafePointer<CChar>?) -> String { RequestReader.text(pointer) }

  private func join(_ scope: String, _ name: UnsafePointer<CChar>?) -> String {
    scope.isEmpty ? text(name) : "\(scope).\(text(name))"
  }

  /// A type's name, without the dot that says it is a full one.
  private func reference(_ pointer: UnsafePointer<CChar>?) -> String {
    String(text(pointer).drop { $0 == "." })
  }

  private func list<T>(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<T>?>?, _ count: Int
  ) -> [UnsafeMutablePointer<T>] {
    RequestReader.list(pointer, count)
  }
}
