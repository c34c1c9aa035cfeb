/// Something that runs by itself: a relay, a sweep, a roll-up.
///
/// `runOnce` does one round and says what it did; tests call it, the process repeats it.
package protocol Worker: Sendable {
  /// What one round did.
  associatedtype Result: Sendable
  /// The worker's name in logs.
  var name: String { get }
  /// Does one round.
  func runOnce() async throws -> Result
}
