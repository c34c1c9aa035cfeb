package import MeshIO

/// Event loops that the process's tests share.
package enum TestLoops {
  private static let made = Result { () throws(IOError) -> EventLoopGroup in
    let group = try EventLoopGroup(count: 2, name: "test")
    try group.start()
    return group
  }

  /// Two running loops; they end with the process.
  package static var shared: EventLoopGroup {
    get throws(IOError) { try made.get() }
  }
}
