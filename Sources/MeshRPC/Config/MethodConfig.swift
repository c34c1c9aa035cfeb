/// What a service config says about some methods.
package struct MethodConfig: Sendable, Equatable {
  /// Which methods a config is for.
  package enum Name: Sendable, Hashable {
    /// One method.
    case method(service: String, method: String)
    /// Every method of a service that has no config of its own.
    case service(String)
    /// Every method for which there is nothing else.
    case all
  }

  /// How a call is made more than once.
  package enum Repetition: Sendable, Equatable {
    /// After the attempt before has failed.
    case retry(RetryPolicy)
    /// Beside an attempt that takes long.
    case hedge(HedgingPolicy)
  }

  /// Which methods this is for; a config without names is for none.
  package var names: [Name]
  /// Whether calls wait for a connection; nil says nothing, and the caller's own word wins.
  package var waitForReady: Bool?
  /// How long a call may take; the caller's deadline counts too, and the earlier of the two holds.
  package var timeout: Duration?
  /// The largest payload of a request message, in bytes; nil leaves it to the caller.
  package var maxRequestBytes: Int?
  /// The largest payload of a response message, in bytes; nil leaves it to the channel.
  package var maxResponseBytes: Int?
  /// How calls are repeated; nil repeats only what the server has certainly not seen.
  package var repetition: Repetition?

  /// A config for `names` that says nothing yet.
  package init(
    names: [Name], waitForReady: Bool? = nil, timeout: Duration? = nil,
    maxRequestBytes: Int? = nil, maxResponseBytes: Int? = nil, repetition: Repetition? = nil
  ) {
    self.names = names
    self.waitForReady = waitForReady
    self.timeout = timeout
    self.maxRequestBytes = maxRequestBytes
    self.maxResponseBytes = maxResponseBytes
    self.repetition = repetition
  }
}
