import MeshAPI
import MeshProto
import MeshSQL

/// The table in which events wait for the relay: `outbox`, in each service's own schema.
enum Outbox {
  /// The tables that MeshKit needs in a service's schema: the first migration of every service.
  static let schema = """
    CREATE TABLE outbox (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      event bytea NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE idempotency (
      caller_id text NOT NULL,
      request_id uuid NOT NULL,
      method text NOT NULL,
      request_digest bytea NOT NULL,
      response bytea,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (caller_id, request_id)
    );
    CREATE INDEX idempotency_created_at ON idempotency (created_at);
    """

  /// Statements that put `events` into the outbox in their order.
  static func insertions(_ events: [EventsV1.Event]) -> [SQL] {
    guard !events.isEmpty else { return [] }
    let bodies = events.map { $0.serialized() }
    return [
      """
      INSERT INTO outbox (event)
      SELECT body FROM unnest(\(bodies)) WITH ORDINALITY AS e (body, n) ORDER BY n
      """
    ]
  }
}
