/// How busy an offload pool is at one moment; for metrics.
package struct OffloadStatistics: Sendable, Equatable {
  /// Threads that have been started.
  package var threads: Int
  /// Threads that wait for work.
  package var idle: Int
  /// Pieces of work that wait for a thread.
  package var waiting: Int
}
