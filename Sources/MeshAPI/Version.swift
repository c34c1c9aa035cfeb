/// The version of the whole mesh: every program of one build carries the same.
package enum Version {
  /// Semantic version.
  package static let text = "0.1.0"
}
