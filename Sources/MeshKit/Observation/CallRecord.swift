package import MeshRPC

/// What is told of one call that has ended; nothing of what it carried.
package struct CallRecord: Sendable, Equatable {
  /// `:path` as it was received; whoever shows it bounds it.
  package var path: String
  /// How the call ended.
  package var code: StatusCode
  /// From its headers to its status, in nanoseconds.
  package var nanoseconds: Int
  /// Payloads sent, in bytes.
  package var sentBytes: Int
  /// Payloads received, in bytes.
  package var receivedBytes: Int
  /// The address of the other end.
  package var peer: String
  /// Who called, if that was found out: an account, or a service.
  package var callerID = ""
  /// The tenant that the caller is confined to.
  package var tenantID = ""
  /// The call's id in logs and the ledger.
  package var requestID = ""
  /// The trace that the call belongs to.
  package var traceID = ""

  /// Describes a call by what every server knows of it.
  package init(
    path: String, code: StatusCode, nanoseconds: Int, sentBytes: Int, receivedBytes: Int,
    peer: String
  ) {
    self.path = path
    self.code = code
    self.nanoseconds = nanoseconds
    self.sentBytes = sentBytes
    self.receivedBytes = receivedBytes
    self.peer = peer
  }
}
