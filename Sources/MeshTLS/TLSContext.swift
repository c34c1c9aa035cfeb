import Synchronization

/// Certificates, trust and settings shared by any number of sessions, on any threads.
package final class TLSContext: Sendable {
  private struct State {
    var generation: ContextGeneration
    /// The files as they were when they were last read, whatever came of it.
    var stamps: [FileStamp?]
  }

  /// What the context was made from.
  package let configuration: TLSConfiguration
  private let state: Mutex<State>

  /// Loads the certificates; throws `configuration` or `keyMismatch`, naming the file.
  package init(_ configuration: TLSConfiguration) throws(TLSError) {
    self.configuration = configuration
    let stamps = Self.stamps(of: configuration)
    state = Mutex(State(generation: try ContextGeneration(configuration), stamps: stamps))
  }

  /// Reads certificates, keys and bundles again, for the sessions that start from now on.
  ///
  /// Live sessions keep what they started with. If anything cannot be read, or a key and its
  /// certificate are caught in the middle of being replaced, this throws and nothing changes: try
  /// again. It reads files: call it off the event loop.
  package func reload() throws(TLSError) {
    try load(Self.stamps(of: configuration))
  }

  /// Does what `reload` does if a file has changed since it was last read; whether one has.
  ///
  /// What throws is reported once: the same bad files are not read again until they change.
  package func reloadIfChanged() throws(TLSError) -> Bool {
    let stamps = Self.stamps(of: configuration)
    guard stamps != state.withLock({ $0.stamps }) else { return false }
    try load(stamps)
    return true
  }

  /// The last second of our own certificate's validity, in Unix time; nil if we present none.
  package var certificateExpiry: Int64? {
    generation.certificateExpiry
  }

  /// What sessions that start now are made from.
  var generation: ContextGeneration {
    state.withLock { $0.generation }
  }

  /// `stamps` were taken before anything is read, so a file that changes meanwhile is noticed.
  private func load(_ stamps: [FileStamp?]) throws(TLSError) {
    state.withLock { $0.stamps = stamps }
    let next = try ContextGeneration(configuration)
    state.withLock { $0.generation = next }
  }

  private static func stamps(of configuration: TLSConfiguration) -> [FileStamp?] {
    configuration.files.map { FileStamp($0) }
  }
}
