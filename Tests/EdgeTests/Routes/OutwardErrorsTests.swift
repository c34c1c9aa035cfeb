import MeshKit
import MeshRPC
import Testing

@testable import Edge

@Suite("What the edge tells of a failure inside")
struct OutwardErrorsTests {
  private static let address = "unix:/run/tenantry/tenants"

  @Test(
    "names no address of the mesh",
    arguments: [
      RPCError(.unavailable, "cannot connect to \(address): connection refused", reach: .client),
      RPCError(.unavailable, "the connection to \(address) was lost: the peer closed it"),
      RPCError(
        .deadlineExceeded, "the deadline has passed while no endpoint was ready: \(address)",
        reach: .client),
    ])
  func hidesAddresses(cause: RPCError) {
    let errors = OutwardErrors(Log(service: "edge", threshold: .error))
    let error = errors.error(cause, path: "/a/b", requestID: nil)
    #expect(error.code == cause.code)
    #expect(!error.message.contains("/run"))
  }

  @Test("lets a service's own words pass")
  func passesWords() {
    let errors = OutwardErrors(Log(service: "edge", threshold: .error))
    for cause in [
      RPCError(.unavailable, "the ledger is out of reach", details: [1]),
      RPCError(.deadlineExceeded, "the deadline has passed"),
      RPCError(.notFound, "tenant not found"),
    ] {
      #expect(errors.error(cause, path: "/a/b", requestID: nil) == cause)
    }
  }
}
