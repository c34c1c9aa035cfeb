import CLinux

/// What a handler wants to hear about its descriptor; hang-up and error are reported always.
package struct Interest: OptionSet, Sendable, Hashable {
  /// The bits, as CLinux defines them.
  package let rawValue: UInt32

  /// An interest from its bits.
  package init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Bytes, a connection or the end of the stream can be read.
  package static let read = Interest(rawValue: CLINUX_READABLE)
  /// Bytes can be written, or a connect has ended.
  package static let write = Interest(rawValue: CLINUX_WRITABLE)
}

/// What a descriptor is ready for now.
package struct Readiness: OptionSet, Sendable, Hashable {
  /// The bits, as CLinux defines them.
  package let rawValue: UInt32

  /// A readiness from its bits.
  package init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// A read will not block; it may return the end of the stream.
  package static let readable = Readiness(rawValue: CLINUX_READABLE)
  /// A write will not block.
  package static let writable = Readiness(rawValue: CLINUX_WRITABLE)
  /// Both directions are closed.
  ///
  /// What has arrived before can still be read.
  package static let hangup = Readiness(rawValue: CLINUX_HANGUP)
  /// The socket has failed; the next read, write or `takeError` says why.
  package static let error = Readiness(rawValue: CLINUX_ERROR)
}

/// Hears on the loop that a descriptor is ready.
///
/// Readiness is level-triggered: it is reported in every turn until it is used up or the interest
/// is dropped. Hang-up and error cannot be dropped: on either, close (or cancel the registration),
/// else the loop spins.
package protocol ReadinessHandler: AnyObject {
  /// The descriptor is ready.
  ///
  /// Called on the loop, never after the registration is cancelled.
  func ready(_ readiness: Readiness)
}
