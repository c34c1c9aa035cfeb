import MeshIO

/// Greets every connection with any bytes, and then neither reads nor writes, but for what it is
/// told to.
///
/// Thread: the loop's.
final class DeafServer: @unchecked Sendable {
  let address: SocketAddress
  private let listener: Listener
  private let held: Held

  /// The connections, for as long as the server.
  private final class Held {
    var descriptors: [Int32] = []
  }

  /// SETTINGS without a setting.
  static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]

  init(greeting: [UInt8] = settings, on loop: EventLoop) throws(IOError) {
    let held = Held()
    listener = try Listener(.loopback(port: 0), on: loop) { socket, _ in
      Self.send(greeting, over: socket)
      held.descriptors.append(socket.takeDescriptor())
    }
    self.held = held
    address = listener.address
  }

  /// Says something on every connection.
  func speak(_ bytes: [UInt8] = settings) {
    held.descriptors = held.descriptors.map { descriptor in
      let socket = Socket(takingDescriptor: descriptor)
      Self.send(bytes, over: socket)
      return socket.takeDescriptor()
    }
  }

  private static func send(_ bytes: [UInt8], over socket: borrowing Socket) {
    // The test sees what is missing.
    _ = try? bytes.withUnsafeBytes { try socket.write($0) }
  }

  func close() {
    listener.close()
    for descriptor in held.descriptors { _ = Socket(takingDescriptor: descriptor) }
    held.descriptors = []
  }
}
