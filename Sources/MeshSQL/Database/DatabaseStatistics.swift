/// How a database's connections are used at one moment.
package struct DatabaseStatistics: Sendable, Equatable {
  /// Owned connections, those being made included.
  package var size = 0
  /// Owned connections that nobody uses.
  package var idle = 0
  /// Tasks that wait for an owned connection.
  package var waiting = 0
  /// Shared connections that can take reads.
  package var readConnections = 0
  /// Reads that are sent and not answered.
  package var readsInFlight = 0
  /// Reads that wait for a shared connection.
  package var readsWaiting = 0

  static func += (sum: inout Self, other: Self) {
    sum.size += other.size
    sum.idle += other.idle
    sum.waiting += other.waiting
    sum.readConnections += other.readConnections
    sum.readsInFlight += other.readsInFlight
    sum.readsWaiting += other.readsWaiting
  }
}
