import MeshText

/// Where a call goes: a path and what answers it.
///
/// Made once for each method, so that a call neither keeps a path of its own nor looks its handler
/// up by text.
package final class Route: Sendable {
  /// `/service/method`.
  package let path: String
  /// The method; nil for a path that is not registered.
  package let method: MethodDescriptor?
  /// The handler behind its interceptors.
  let handler: Router.Handler
  fileprivate let bytes: [UInt8]
  fileprivate let hash: UInt64

  init(
    path: String, method: MethodDescriptor?, interceptors: [any ServerInterceptor],
    handler: @escaping Router.Handler
  ) {
    self.path = path
    self.method = method
    var handler = handler
    for interceptor in interceptors.reversed() {
      handler = { [next = handler] call in try await interceptor.intercept(call, next) }
    }
    self.handler = handler
    bytes = Array(path.utf8)
    hash = bytes.withUnsafeBytes { RouteTable.hash($0) }
  }

  fileprivate func isAt(_ path: UnsafeRawBufferPointer) -> Bool {
    bytes.withUnsafeBytes { $0.equals(path) }
  }
}

/// Finds routes by the bytes of a path: open addressing with linear probing, never changed.
struct RouteTable: Sendable {
  private var slots: [Route?]

  /// A table of `routes`, whose paths differ.
  init(_ routes: [Route]) {
    var capacity = 16
    while capacity < routes.count * 2 { capacity *= 2 }
    slots = Array(repeating: nil, count: capacity)
    for route in routes {
      var index = Int(truncatingIfNeeded: route.hash) & (capacity - 1)
      while slots[index] != nil { index = (index + 1) & (capacity - 1) }
      slots[index] = route
    }
  }

  /// The route of this path.
  func find(_ path: UnsafeRawBufferPointer) -> Route? {
    let hash = Self.hash(path)
    var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while let route = slots[index] {
      if route.hash == hash, route.isAt(path) { return route }
      index = (index + 1) & (slots.count - 1)
    }
    return nil
  }

  /// FNV-1a over words of eight bytes and the rest.
  ///
  /// The paths in the table are ours, so nobody can make them collide on purpose; a foreign path
  /// that collides costs one comparison.
  static func hash(_ path: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var index = 0
    while index + 8 <= path.count {
      hash = (hash ^ path.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* 0x100_0000_01b3
      hash ^= hash >> 29
      index += 8
    }
    while index < path.count {
      hash = (hash ^ UInt64(path[index])) &* 0x100_0000_01b3
      index += 1
    }
    return hash ^ hash >> 32
  }
}
