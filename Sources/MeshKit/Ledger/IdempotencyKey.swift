import MeshCrypto
import MeshProto
import MeshRPC
import MeshSQL

/// One mutation's `request_id` and what it was asked with.
struct IdempotencyKey {
  private let callerID: String
  private let requestID: SQLUUID
  private let method: String
  private let digest: [UInt8]

  /// Nil when the request has no id.
  init?(_ call: ServerCall, _ request: some ProtoMessage, requestID: String) throws {
    guard !requestID.isEmpty else { return nil }
    guard let id = SQLUUID(requestID) else {
      throw RPCErrors.badRequest([
        FieldViolation("request_id", "request_id is not a UUID: \"\(requestID.prefix(64))\"")
      ])
    }
    callerID = call.caller.id
    self.requestID = id
    method = call.path
    digest = SHA256.digest(of: request.serialized()).bytes
  }

  /// Claims the id; answers the first answer when it was claimed before with the same request.
  ///
  /// A concurrent call with the same id waits here until the first one has committed or failed.
  func firstAnswer<Response: ProtoMessage>(_ transaction: Transaction) async throws -> Response? {
    let claimed = try await transaction.execute(
      """
      INSERT INTO idempotency (caller_id, request_id, method, request_digest)
      VALUES (\(callerID), \(requestID), \(method), \(digest)) ON CONFLICT DO NOTHING
      """)
    guard claimed == 0 else { return nil }
    let row = try await transaction.query(
      """
      SELECT method, request_digest, response FROM idempotency
      WHERE caller_id = \(callerID) AND request_id = \(requestID)
      """
    ).one()
    let (method, digest, response) = try row.decode(String.self, [UInt8].self, [UInt8]?.self)
    guard method == self.method, digest == self.digest, let response else {
      throw RPCErrors.refusal(
        .alreadyExists, reason: "REQUEST_ID_REUSED",
        "request_id \(requestID) was used before with another request")
    }
    return try Response(bytes: response)
  }

  /// The statement that keeps the answer.
  func answer(_ response: some ProtoMessage) -> SQL {
    """
    UPDATE idempotency SET response = \(response.serialized())
    WHERE caller_id = \(callerID) AND request_id = \(requestID)
    """
  }
}
