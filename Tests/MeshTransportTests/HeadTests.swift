import MeshRPC
import MeshText
import Testing

@testable import MeshHTTP2
@testable import MeshTransport

@Suite("The headers of a call")
struct HeadTests {
  @Test(
    "are gRPC's by their content-type",
    arguments: [
      ("application/grpc", true), ("application/grpc+proto", true),
      ("application/grpc;charset=utf-8", true), ("application/grpcx", false),
      ("application/grpc-web", false), ("application/json", false), ("", false),
    ])
  func contentType(type: String, isGRPC: Bool) {
    let found = RequestHead([":path": "/a/b", "content-type": type]).isGRPC
    #expect(found == isGRPC)
  }

  @Test(
    "are a call's by their method",
    arguments: [("POST", true), ("GET", false), ("post", false), ("POSTS", false), ("", false)])
  func method(method: String, isPost: Bool) {
    #expect(RequestHead([":method": method]).isPost == isPost)
  }

  @Test(
    "that cannot be served are refused",
    arguments: [
      ("grpc-encoding", "gzip", nil), ("grpc-encoding", "deflate", nil),
      ("grpc-encoding", "identity", nil), ("grpc-encoding", "br", .unimplemented),
      ("grpc-timeout", "5S", nil), ("grpc-timeout", "123456789m", .internal),
      ("grpc-timeout", "5s", .internal), ("grpc-timeout", "", .internal),
    ] as [(String, String, StatusCode?)])
  func faults(name: String, value: String, code: StatusCode?) {
    let fault = RequestHead([name: value]).fault
    #expect(fault?.code == code)
  }

  @Test("that are refused for their encoding say which are known")
  func refusal() {
    let status = Status(code: .unimplemented, message: "no")
    #expect(
      Self.fields(GRPCHeaders.refusal(status)).contains([
        "grpc-accept-encoding", "identity,deflate,gzip",
      ])
    )
  }

  @Test(
    "carry binary values with and without padding, and several in one field",
    arguments: [
      ("q6ur", [[0xAB, 0xAB, 0xAB]]), ("qw==", [[0xAB]]), ("qw", [[0xAB]]), ("", [[]]),
      ("qw,q6s=", [[0xAB], [0xAB, 0xAB]]), ("qw,!!,q6s", [[0xAB], [0xAB, 0xAB]]),
    ] as [(String, [[UInt8]])])
  func binary(text: String, values: [[UInt8]]) {
    let found = RequestHead(["key-bin": text]).metadata.pairs.map(\.value)
    #expect(found == values.map { .binary($0) })
  }

  @Test(
    "of an answer without grpc-status are judged by HTTP's",
    arguments: [
      (400, .internal), (401, .unauthenticated), (403, .permissionDenied), (404, .unimplemented),
      (429, .unavailable), (502, .unavailable), (503, .unavailable), (504, .unavailable),
      (418, .unknown), (500, .unknown), (302, .unknown),
    ] as [(Int, StatusCode)])
  func httpStatus(status: Int, code: StatusCode) {
    let head = ResponseHead([":status": String(status), "content-type": "text/html"])
    #expect(head.status == nil)
    #expect(head.fault?.code == code)
  }

  @Test(
    "of an answer that is none of gRPC's are refused",
    arguments: [
      ("application/grpc", "gzip", nil), ("application/grpc", "br", .internal),
      ("application/json", "", .unknown), ("", "", .unknown),
    ] as [(String, String, StatusCode?)])
  func answers(type: String, encoding: String, code: StatusCode?) {
    var block: FieldList = [":status": "200", "content-type": type]
    if !encoding.isEmpty { block.append("grpc-encoding", encoding) }
    #expect(ResponseHead(block).fault?.code == code)
  }

  @Test(
    "tell the outcome, and one that is no number is unknown",
    arguments: [
      ("0", .ok), ("5", .notFound), ("16", .unauthenticated), ("17", .unknown), ("-1", .unknown),
      ("x", .unknown), ("", .unknown),
    ] as [(String, StatusCode)])
  func outcome(text: String, code: StatusCode) {
    let status = ResponseHead(["grpc-status": text, "grpc-message": "a%20b%zz%"]).status
    #expect(status?.code == code)
    #expect(status?.message == "a b%zz%")
  }

  @Test("of a request have its time right behind the pseudo-header fields")
  func request() {
    let head = GRPCHeaders.request(
      Echo.say, .timeout(.seconds(600), metadata: ["hint": "here"]),
      start: GRPCHeaders.requestStart(scheme: "http", authority: "test"))
    #expect(
      Self.fields(head).map { $0[0] } == [
        ":method", ":scheme", ":authority", ":path", "grpc-timeout", "te", "content-type",
        "user-agent", "grpc-accept-encoding", "hint",
      ])
  }

  @Test("of an outcome are percent-encoded, with details unpadded and names of gRPC's left out")
  func trailers() {
    var trailers: Metadata = [
      "grpc-status": "0", "hint": "here", "not!ours": "x", "grpc-retry-pushback-ms": "5",
      "grpc-retry-pushback-xx": "5",
    ]
    trailers.add(binary: [0xAB], for: "one-bin")
    let status = Status(
      code: .notFound, message: "ä\n%", details: [0xAB, 0xAB], trailers: trailers)
    #expect(
      Self.fields(GRPCHeaders.outcome(status, trailersOnly: false)) == [
        ["grpc-status", "5"], ["grpc-message", "%C3%A4%0A%25"],
        ["grpc-status-details-bin", "q6s"], ["hint", "here"], ["grpc-retry-pushback-ms", "5"],
        ["one-bin", "qw"],
      ])
  }

  @Test("with which gRPC repeats calls travel, and its other names stay its own")
  func reservedNames() {
    let metadata: Metadata = [
      "grpc-previous-rpc-attempts": "1", "grpc-retry-pushback-ms": "20", "grpc-status": "0",
      "grpc-timeout": "1S", "grpc-future": "x", "te": "x", "user-agent": "x", "mine": "y",
    ]
    #expect(
      Self.fields(GRPCHeaders.response(metadata, .identity)).map { $0[0] } == [
        ":status", "content-type", "grpc-previous-rpc-attempts", "grpc-retry-pushback-ms", "mine",
      ])
  }

  @Test("that must not be indexed stay so on their way through (RFC 7541 §6.2.3)")
  func neverIndexed() {
    var block: FieldList = ["x-plain": "a"]
    block.append("x-secret", "b", neverIndexed: true)
    let metadata = RequestHead(block).metadata
    var secrets: [String] = []
    GRPCHeaders.response(metadata, .identity).forEach { name, _, neverIndexed in
      if neverIndexed { secrets.append(String(decoding: name, as: UTF8.self)) }
    }
    #expect(secrets == ["x-secret"])
  }

  private static func fields(_ block: FieldList) -> [[String]] {
    var fields: [[String]] = []
    block.forEach { name, value, _ in
      fields.append([name, value].map { String(decoding: $0, as: UTF8.self) })
    }
    return fields
  }
}
