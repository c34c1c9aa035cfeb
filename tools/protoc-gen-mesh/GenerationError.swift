/// Why nothing is generated: protoc prints the text and fails.
struct GenerationError: Error, Equatable, CustomStringConvertible {
  /// The element at fault, by its full name.
  let element: String
  /// What is wrong with it and what to do about it.
  let problem: String

  init(_ element: String, _ problem: String) {
    self.element = element
    self.problem = problem
  }

  var description: String { "\(element): \(problem)" }
}
