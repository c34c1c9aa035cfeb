/// Where PostgreSQL is and how much of it to use; every limit of MeshSQL is here.
///
/// The counts are per event loop.
package struct DatabaseConfig: Sendable {
  /// A libpq connection string: `host=/run/postgresql dbname=mesh user=audit`, or a URI.
  ///
  /// Several hosts and `target_session_attrs` work as libpq documents them. Host names are resolved
  /// off the loop.
  package var connection: String
  /// What `pg_stat_activity` shows.
  package var applicationName = "tenantry"
  /// The schema that unqualified names mean; nil leaves the role's own search path.
  package var schema: String?

  /// Connections that many tasks' reads share.
  package var readConnections = 2
  /// Reads sent on one shared connection and not answered yet.
  package var readDepth = 128
  /// Reads between two Sync messages, so that one answer does not wait for too many others.
  package var readGroup = 32
  /// Connections that one task at a time owns, kept open when idle.
  package var minimumConnections = 0
  /// Connections that one task at a time owns, at most.
  package var maximumConnections = 8
  /// Tasks waiting for an owned connection, and reads waiting for a shared one.
  package var waiting = 1024
  /// How long a task waits for a connection.
  package var acquireTimeout = Duration.seconds(5)
  /// How long an owned connection above the minimum stays open unused.
  package var idleTimeout = Duration.seconds(60)

  /// How long one attempt to connect may take.
  package var connectTimeout = Duration.seconds(5)
  /// The longest pause between two attempts; it doubles from 50 ms, with jitter.
  package var backoffLimit = Duration.seconds(2)
  /// After this long without PostgreSQL, callers are refused at once instead of waiting.
  package var failFastAfter = Duration.seconds(2)

  /// The server's `statement_timeout`; nil for none.
  package var statementTimeout: Duration? = .seconds(30)
  /// The server's `lock_timeout`; nil for none.
  package var lockTimeout: Duration? = .seconds(10)
  /// The server's `idle_in_transaction_session_timeout`; nil for none.
  package var idleTransactionTimeout: Duration? = .seconds(30)
  /// How long a cancelled statement may go on by itself before the server is told.
  ///
  /// Telling costs a new connection and a server process; nearly all statements end sooner.
  package var cancelGrace = Duration.milliseconds(10)
  /// How long the server may take to heed a cancellation before the connection is given up.
  package var cancelTimeout = Duration.seconds(5)

  /// How long open transactions may go on once the database is shut down; then they are cut off.
  package var shutDownGrace = Duration.seconds(1)

  /// Prepared statements kept per connection.
  package var preparedStatements = 256
  /// Memory of one result, in bytes; a larger one is an error, so page long lists.
  package var resultBytes = 64 << 20
  /// Notifications kept for one slow subscriber; beyond that it is told of a gap.
  package var notificationBuffer = 1024

  /// Takes the connection string and the usual limits.
  package init(connection: String) {
    self.connection = connection
  }
}

extension DatabaseConfig {
  /// What makes the configuration unusable, if anything does.
  var defect: String? {
    let counts = [
      ("readConnections", readConnections, 1), ("readDepth", readDepth, 1),
      ("readGroup", readGroup, 1), ("minimumConnections", minimumConnections, 0),
      ("maximumConnections", maximumConnections, max(1, minimumConnections)),
      ("waiting", waiting, 0), ("preparedStatements", preparedStatements, 1),
      ("resultBytes", resultBytes, 1), ("notificationBuffer", notificationBuffer, 1),
    ]
    for (name, value, least) in counts where value < least {
      return "\(name) is \(value); the least is \(least)"
    }
    let times = [
      ("acquireTimeout", acquireTimeout), ("idleTimeout", idleTimeout),
      ("connectTimeout", connectTimeout), ("backoffLimit", backoffLimit),
      ("cancelTimeout", cancelTimeout), ("shutDownGrace", shutDownGrace),
    ]
    for (name, value) in times where value <= .zero { return "\(name) is not a positive time" }
    return nil
  }

  /// What a connection is for.
  enum Role: Sendable {
    case owned, reading, listening
  }

  /// The `options` that a connection starts its session with.
  func sessionOptions(for role: Role) -> String {
    var settings = [
      ("client_min_messages", "warning"), ("DateStyle", "ISO"), ("TimeZone", "UTC"),
      ("statement_timeout", Self.milliseconds(statementTimeout)),
      ("lock_timeout", Self.milliseconds(lockTimeout)),
      ("idle_in_transaction_session_timeout", Self.milliseconds(idleTransactionTimeout)),
    ]
    if let schema { settings.append(("search_path", SQL.quote(identifier: schema))) }
    // A write that comes as a read fails instead of being repeated or lost.
    if role == .reading { settings.append(("default_transaction_read_only", "on")) }
    return settings.map { "-c \($0.0)=\(Self.escape(option: $0.1))" }.joined(separator: " ")
  }

  private static func milliseconds(_ duration: Duration?) -> String {
    guard let duration else { return "0" }
    return String(max(1, duration / .milliseconds(1)).rounded(.up).formattedWhole)
  }

  /// The server splits `options` at spaces unless a backslash stands before them.
  private static func escape(option: String) -> String {
    var escaped = ""
    for character in option.unicodeScalars {
      if character == " " || character == "\\" { escaped += "\\" }
      escaped.unicodeScalars.append(character)
    }
    return escaped
  }
}

extension Double {
  fileprivate var formattedWhole: String { String(Int64(self)) }
}
