import Glibc
import MeshIO
import Testing

/// A directory of its own for socket files, removed at the end.
private final class Directory: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/meshio-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap(mkdtemp).map { String(cString: $0) }
    }
    path = try #require(made)
  }

  deinit {
    rmdir(path)
  }
}

private func exists(_ path: String) -> Bool {
  access(path, F_OK) == 0
}

/// Connects to the address and carries one word each way.
private func talk(_ address: SocketAddress, on loop: EventLoop) async throws {
  let accepted = Gate<(descriptor: Int32, peer: SocketAddress)>()
  let listener = try Listener(address, on: loop) { accepted.give(($0.takeDescriptor(), $1)) }
  let client = try await Connector.connect(
    to: listener.address, timeout: .seconds(10), on: loop)
  #expect(loop.isCurrent)
  let (descriptor, peer) = await accepted.wait()
  let server = Socket(takingDescriptor: descriptor)
  if peer.port != nil {
    #expect(try client.localAddress() == peer)
    #expect(listener.address.port != 0)
  }
  #expect(try client.write("ping") == .bytes(4))
  #expect(try server.readText() == "ping")
  #expect(try server.write("pong") == .bytes(4))
  #expect(try client.readText() == "pong")
  listener.close()
  listener.close()
  let (gone, path) = (listener.address, listener.address)
  await #expect(throws: IOError.self, "\(path)") {
    _ = try await Connector.connect(to: gone, timeout: .seconds(10), on: loop).descriptor
  }
}

@Suite struct ConnectionTests {
  @Test("a client and a server talk over TCP", arguments: ["127.0.0.1:0", "[::1]:0"])
  func tcp(text: String) async throws {
    try await onLoop { loop in try await talk(SocketAddress(parsing: text), on: loop) }
  }

  @Test("a client and a server talk over a Unix socket, whose file goes with the listener")
  func unix() async throws {
    try await onLoop { loop in
      let directory = try Directory()
      let path = "\(directory.path)/s"
      try await talk(.unix(path), on: loop)
      #expect(!exists(path))
    }
  }

  @Test("connections that come together are all accepted")
  func manyConnections() async throws {
    try await onLoop { loop in
      let peers = Record<SocketAddress>()
      let gate = Gate<Void>()
      let listener = try Listener(.loopback(port: 0), on: loop) { _, peer in
        peers.add(peer)
        if peers.all.count == 200 { gate.give(()) }
      }
      let address = listener.address
      try await withThrowingTaskGroup { tasks in
        for _ in 0..<200 {
          tasks.addTask {
            _ = try await Connector.connect(to: address, timeout: .seconds(10), on: loop)
              .descriptor
          }
        }
        try await tasks.waitForAll()
      }
      await gate.wait()
      #expect(Set(peers.all).count == 200)
      listener.close()
    }
  }

  @Test("a port in use is refused, unless both sides share it")
  func sharing() async throws {
    try await onLoop { loop in
      let first = try Listener(
        .loopback(port: 0), on: loop, sharing: .firstOfSeveral, accepted: { _, _ in })
      let address = first.address
      for sharing in [PortSharing.alone, .firstOfSeveral] {
        #expect(throws: IOError.addressInUse(address)) {
          _ = try Listener(address, on: loop, sharing: sharing, accepted: { _, _ in })
        }
      }
      let second = try Listener(
        address, on: loop, sharing: .oneOfSeveral, accepted: { _, _ in })
      #expect(second.address == address)
      first.close()
      second.close()
    }
  }

  @Test("nobody listening is refused")
  func refused() async throws {
    try await onLoop { loop in
      let listener = try Listener(.loopback(port: 0), on: loop) { _, _ in }
      let address = listener.address
      listener.close()
      await #expect(throws: IOError.refused) {
        _ = try await Connector.connect(to: address, timeout: .seconds(10), on: loop).descriptor
      }
    }
  }

  @Test("a peer that does not answer is given up at the timeout, or when the task is cancelled")
  func silent() async throws {
    try await onLoop { loop in
      let deaf = try DeafListener()
      await #expect(throws: IOError.timedOut) {
        _ = try await Connector.connect(to: deaf.address, timeout: .milliseconds(20), on: loop)
          .descriptor
      }
      let waiting = loop.statistics.timersWaiting
      let attempt = Task(executorPreference: loop) {
        _ = try await Connector.connect(to: deaf.address, timeout: .seconds(3600), on: loop)
          .descriptor
      }
      await loop.letTurnsPass(1)
      attempt.cancel()
      await #expect(throws: IOError.cancelled) { try await attempt.value }
      #expect(loop.statistics.timersWaiting == waiting)
    }
  }

  @Test("a loop that stops tells the tasks that connect")
  func stopWhileConnecting() async throws {
    let deaf = try DeafListener()
    let group = try EventLoopGroup(count: 1, name: "test")
    try group.start()
    let loop = group.loops[0]
    let attempt = Task {
      _ = try await Connector.connect(to: deaf.address, timeout: .seconds(3600), on: loop)
        .descriptor
    }
    while await loop.perform({ loop.statistics.timersWaiting }) == 0 { await Task.yield() }
    await group.stop()
    await #expect(throws: IOError.cancelled) { try await attempt.value }
  }
}

@Suite struct UnixSocketFileTests {
  @Test("a socket file is for our user alone")
  func mode() async throws {
    try await onLoop { loop in
      let directory = try Directory()
      let path = "\(directory.path)/s"
      let listener = try Listener(.unix(path), on: loop) { _, _ in }
      var status = stat()
      #expect(lstat(path, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600)
      listener.close()
    }
  }

  @Test("a stale socket file is replaced; a live one, or another file, is left alone")
  func takesOver() async throws {
    try await onLoop { loop in
      let directory = try Directory()
      let path = "\(directory.path)/s"
      let live = try Listener(.unix(path), on: loop) { _, _ in }
      #expect(throws: IOError.addressInUse(.unix(path))) {
        _ = try Listener(.unix(path), on: loop) { _, _ in }
      }
      // A second name outlives the listener, like the file of a process that was killed.
      let stale = "\(directory.path)/stale"
      #expect(link(path, stale) == 0)
      live.close()
      #expect(exists(stale))
      let successor = try Listener(.unix(stale), on: loop) { _, _ in }
      successor.close()
      #expect(!exists(stale))
      close(creat(path, 0o600))
      #expect(throws: IOError.addressInUse(.unix(path))) {
        _ = try Listener(.unix(path), on: loop) { _, _ in }
      }
      #expect(unlink(path) == 0)
    }
  }

  @Test("a closing listener leaves its successor's file alone")
  func keepsSuccessor() async throws {
    try await onLoop { loop in
      let directory = try Directory()
      let path = "\(directory.path)/s"
      let old = try Listener(.unix(path), on: loop) { _, _ in }
      #expect(unlink(path) == 0)
      let new = try Listener(.unix(path), on: loop) { _, _ in }
      old.close()
      #expect(exists(path))
      new.close()
      #expect(!exists(path))
    }
  }
}

/// Listens with a full backlog and never accepts: the kernel drops what else knocks.
private final class DeafListener: Sendable {
  let address: SocketAddress
  private let descriptors: [Int32]

  init() throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var native = sockaddr_in()
    native.sin_family = sa_family_t(AF_INET)
    native.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &native) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length)
        listen(listener, 0)
        getsockname(listener, $0, &length)
      }
    }
    address = .loopback(port: UInt16(bigEndian: native.sin_port))
    let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let connected = withUnsafePointer(to: &native) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(filler, $0, length) }
    }
    descriptors = [listener, filler]
    try #require(connected == 0)
  }

  deinit {
    descriptors.forEach { close($0) }
  }
}
