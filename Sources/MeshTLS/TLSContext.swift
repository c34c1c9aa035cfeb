import Synchronization

/// Certificates, trust and settings shared by any number of sessions, on any threads.
package final class TLSContext: Sendable {
  /// What the context was made from.
  package let configuration: TLSConfiguration
  private let current: Mutex<ContextGeneration>

  /// Loads the certificates; throws `configuration` or `keyMismatch`, naming the file.
  package init(_ configuration: TLSConfiguration) throws(TLSError) {
    self.configuration = configuration
    current = Mutex(try ContextGeneration(configuration))
  }

  /// Reads certificates, keys and bundles again, for the sessions that start from now on.
  ///
  /// Live sessions keep what they started with. If anything cannot be read, or a key and its
  /// certificate are caught in the middle of being replaced, this throws and nothing changes: try
  /// again. It reads files: call it off the event loop.
  package func reload() throws(TLSError) {
    let next = try ContextGeneration(configuration)
    current.withLock { $0 = next }
  }

  /// The last second of our own certificate's validity, in Unix time; nil if we present none.
  package var certificateExpiry: Int64? {
    generation.certificateExpiry
  }

  /// What sessions that start now are made from.
  var generation: ContextGeneration {
    current.withLock { $0 }
  }
}
