import Testing

@testable import MeshRPC

@Suite("Status mapping")
struct StatusMappingTests {
  @Test(
    "judges a reset stream by its HTTP/2 error code (gRPC over HTTP/2, \"Errors\")",
    arguments: [
      .internal, .internal, .internal, .internal, .internal, .internal, .internal, .unavailable,
      .cancelled, .internal, .internal, .resourceExhausted, .permissionDenied, .internal,
    ].enumerated().map { (UInt32($0), $1 as StatusCode) })
  func http2(error: UInt32, code: StatusCode) {
    #expect(StatusMapping.code(http2Error: error) == code)
  }
}
