import MeshAPI
import MeshRPC

@testable import MeshHTTP2
@testable import MeshTransport

/// What headers and trailers carry.
enum HeaderTargets {
  static let all = [
    FuzzTarget(name: "metadata", run: metadata),
    FuzzTarget(name: "grpc-timeout", run: timeout),
    FuzzTarget(name: "percent", run: percent),
    FuzzTarget(name: "status-details", run: statusDetails),
  ]

  /// Lines "name: value" as the headers of a request and of a response.
  private static func metadata(_ bytes: [UInt8]) {
    var headers = IncomingHeaders(limit: 1 << 16)
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
      if parts.count == 2 { add(Array(parts[0]), Array(parts[1]), to: &headers) }
    }
    let request = RequestHead(headers)
    _ = (request.isGRPC, request.fault)
    let response = ResponseHead(headers)
    _ = (response.status, response.fault)
    _ = GRPCHeaders.response(request.metadata, .identity)
  }

  private static func add(
    _ name: [UInt8], _ value: [UInt8], to headers: inout IncomingHeaders
  ) {
    name.withUnsafeBytes { name in
      value.withUnsafeBytes { headers.append(name, $0, neverIndexed: false) }
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
    var headers = IncomingHeaders(limit: 1 << 16)
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
