import CProtoTypes
import CProtobufC
import Glibc

/// Encodes protoc's `CodeGeneratorResponse`.
enum Response {
  /// The files that were generated.
  static func encode(_ files: [Generator.OutputFile]) -> [UInt8] {
    typealias File = Google__Protobuf__Compiler__CodeGeneratorResponse__File
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<File>?>.allocate(
      capacity: files.count)
    defer { pointers.deallocate() }
    for (index, file) in files.enumerated() {
      let pointer = UnsafeMutablePointer<File>.allocate(capacity: 1)
      google__protobuf__compiler__code_generator_response__file__init(pointer)
      pointer.pointee.name = strdup(file.name)
      pointer.pointee.content = strdup(file.content)
      pointers[index] = pointer
    }
    defer {
      for index in files.indices {
        free(pointers[index]?.pointee.name)
        free(pointers[index]?.pointee.content)
        pointers[index]?.deallocate()
      }
    }
    return pack { response in
      response.n_file = files.count
      response.file = pointers
    }
  }

  /// The reason why nothing was generated; protoc prints it and fails.
  static func encode(_ error: GenerationError) -> [UInt8] {
    let text = strdup(error.description)
    defer { free(text) }
    return pack { $0.error = text }
  }

  private static func pack(
    _ fill: (inout Google__Protobuf__Compiler__CodeGeneratorResponse) -> Void
  ) -> [UInt8] {
    var response = Google__Protobuf__Compiler__CodeGeneratorResponse()
    google__protobuf__compiler__code_generator_response__init(&response)
    fill(&response)
    let size = google__protobuf__compiler__code_generator_response__get_packed_size(&response)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = google__protobuf__compiler__code_generator_response__pack(
        &response, buffer.baseAddress)
    }
  }
}
