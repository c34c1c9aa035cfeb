import MeshAPI

/// The named HTTP routes of the contract, such as `POST /api/tenant-lifecycle/{tenant_id}/suspend`.
struct HTTPRoutes: Sendable {
  /// A route that fits a request.
  struct Match: Sendable {
    /// The method it calls.
    let policy: MethodPolicy
    /// Fields of the request that the path carries.
    let fields: [String: String]
  }

  private enum Segment: Sendable {
    case literal(Substring)
    case field(String)
  }

  private struct Route: Sendable {
    let verb: Substring
    let segments: [Segment]
    let policy: MethodPolicy
  }

  private let routes: [Route]

  /// Reads the routes out of `policies`.
  init(_ policies: [MethodPolicy]) {
    routes = policies.compactMap { policy in
      let words = policy.http.split(separator: " ")
      guard words.count == 2 else { return nil }
      let segments = words[1].split(separator: "/").map { segment -> Segment in
        segment.hasPrefix("{") && segment.hasSuffix("}")
          ? .field(String(segment.dropFirst().dropLast())) : .literal(segment)
      }
      return Route(verb: words[0], segments: segments, policy: policy)
    }
  }

  /// The route for a request, or nil.
  func match(verb: String, path: Substring) -> Match? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: true)
    for route in routes where route.verb == verb && route.segments.count == parts.count {
      if let fields = Self.fields(route.segments, parts) {
        return Match(policy: route.policy, fields: fields)
      }
    }
    return nil
  }

  private static func fields(_ segments: [Segment], _ parts: [Substring]) -> [String: String]? {
    var fields: [String: String] = [:]
    for (segment, part) in zip(segments, parts) {
      switch segment {
      case .literal(let text): guard text == part else { return nil }
      case .field(let name): fields[name] = String(part)
      }
    }
    return fields
  }
}
