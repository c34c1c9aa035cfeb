import MeshAPI
import MeshCrypto
import MeshKit
import MeshRPC
import MeshText

@testable import MeshTransport

/// What headers and trailers carry.
enum HeaderTargets {
  static let all = [
    FuzzTarget(name: "metadata", run: metadata),
    FuzzTarget(name: "traceparent", run: trace),
    FuzzTarget(name: "caller", run: caller),
    FuzzTarget(name: "grpc-timeout", run: timeout),
    FuzzTarget(name: "percent", run: percent),
    FuzzTarget(name: "status-details", run: statusDetails),
  ]

  /// Lines "name: value" as the headers of a request and of a response.
  private static func metadata(_ bytes: [UInt8]) {
    let headers = headers(of: bytes)
    let request = RequestHead(headers)
    _ = (request.isGRPC, request.fault)
    let response = ResponseHead(headers)
    _ = (response.status, response.fault)
    read(request.metadata)
    read(response.metadata)
    // Names that are not passed on are lost on the first way, and nothing on the second.
    let once = travelled(request.metadata)
    require(travelled(once) == once, "metadata that was passed on arrives as it came")
    _ = GRPCHeaders.response(request.metadata, .identity)
  }

  private static func headers(of lines: [UInt8]) -> FieldList {
    var headers = FieldList()
    for line in lines.split(separator: UInt8(ascii: "\n")) {
      let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
      if parts.count == 2 { add(Array(parts[0]), Array(parts[1]), to: &headers) }
    }
    return headers
  }

  /// Reads metadata in every way there is.
  private static func read(_ metadata: Metadata) {
    var copy = Metadata()
    metadata.fields.forEach { name, value, neverIndexed in
      copy.add(name, value, neverIndexed: neverIndexed)
    }
    require(copy == metadata, "a copy of each pair is a copy of all")
    require(metadata.filtered { _ in true } == metadata, "what keeps everything changes nothing")
    copy.append(metadata)
    require(copy.count == 2 * metadata.count, "metadata behind other metadata is all there")
    // HTTP/2 lets no other names through (RFC 9113 §8.2.1), and gRPC adds not even all of those.
    for pair in metadata.pairs where pair.name.utf8.allSatisfy({ $0 < 0x80 }) {
      var alone = Metadata()
      switch pair.value {
      case .string(let text):
        require(metadata.first(pair.name) != nil, "a text that is there is found")
        alone.add(text, for: pair.name)
        let found = alone.first(pair.name)
        require(alone.isEmpty || found == text, "a text is read as it was written")
      case .binary(let bytes):
        require(metadata.firstBinary(pair.name) != nil, "bytes that are there are found")
        alone.add(binary: bytes, for: pair.name)
        let found = alone.firstBinary(pair.name)
        require(alone.isEmpty || found == bytes, "bytes are read as they were written")
      }
    }
  }

  private static let method = MethodDescriptor(service: "a.B", method: "C", kind: .unary)

  /// What a server reads of metadata that a client sends it.
  private static func travelled(_ metadata: Metadata) -> Metadata {
    let request = GRPCHeaders.request(method, CallOptions(metadata: metadata), start: FieldList())
    return RequestHead(request).metadata
  }

  /// The lines of `traceparent` and `tracestate`.
  private static func trace(_ bytes: [UInt8]) {
    guard let context = TraceContext(RequestHead(headers(of: bytes)).metadata) else { return }
    require(context.state.utf8.count <= TraceState.sizeLimit, "no state passes the limit")
    var onward = Metadata()
    context.write(to: &onward)
    require(TraceContext(onward) == context, "a context is read as it was written")
  }

  /// `tenantry-caller-bin` as a service reads it, once as it came and once as what base64 held.
  private static func caller(_ bytes: [UInt8]) {
    for header in [bytes, Array(Base64.encode(bytes).utf8)] {
      require(verifier.verify(header) == nil, "nobody calls without the edge's signature")
    }
    guard let message = try? IdentityV1.Caller(bytes: bytes) else { return }  // Refused.
    _ = Caller(message)
  }

  private static let verifier: CallerVerifier = {
    let key = try? Ed25519PrivateKey(rawBytes: [UInt8](repeating: 7, count: 32))
    guard let key else { preconditionFailure("any 32 bytes are a key") }
    return CallerVerifier(keys: [key.publicKey])
  }()

  private static func add(
    _ name: [UInt8], _ value: [UInt8], to headers: inout FieldList
  ) {
    name.withUnsafeBytes { name in
      value.withUnsafeBytes { headers.append(name, $0) }
    }
  }

  private static func timeout(_ bytes: [UInt8]) {
    guard let timeout = GRPCTimeout.parse(String(decoding: bytes, as: UTF8.self)) else { return }
    require(timeout >= .zero, "a timeout is never negative")
    let again = GRPCTimeout.format(timeout)
    require(again.utf8.count <= 9, "a timeout has eight digits and a unit at most")
    require(GRPCTimeout.parse(again) != nil, "a timeout of ours can be read")
  }

  private static func percent(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    _ = PercentCoding.decode(text)
    let encoded = PercentCoding.encode(text)
    require(encoded.utf8.allSatisfy { 0x20...0x7E ~= $0 }, "an encoded message is printable ASCII")
    require(PercentCoding.decode(encoded) == text, "an encoded message is decoded to itself")
  }

  /// `grpc-status-details-bin` as a client reads it, and the details in it.
  private static func statusDetails(_ bytes: [UInt8]) {
    var headers = FieldList()
    add(Array("grpc-status".utf8), Array("3".utf8), to: &headers)
    add(Array("grpc-status-details-bin".utf8), bytes, to: &headers)
    let head = ResponseHead(headers)
    for encoded in [head.details, bytes] {
      guard let status = try? GoogleRpc.Status(bytes: encoded) else { continue }  // Not a status.
      for detail in status.details { _ = Catalog.types[String(detail.typeURL.suffix(100))] }
      let again = try? GoogleRpc.Status(bytes: status.serialized())  // Nil breaks the promise.
      require(again == status, "details of ours can be read")
    }
  }
}
