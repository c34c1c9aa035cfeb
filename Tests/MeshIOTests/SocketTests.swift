import Glibc
import MeshIO
import Testing

@Suite struct SocketTests {
  @Test("a read tells bytes, nothing yet and the end apart")
  func reads() throws {
    let pair = try Socket.pair()
    var buffer = [UInt8](repeating: 0, count: 8)
    #expect(try buffer.withUnsafeMutableBytes { try pair.near.read(into: $0) } == .wouldBlock)
    #expect(try pair.far.write("hello") == .bytes(5))
    #expect(try buffer.withUnsafeMutableBytes { try pair.near.read(into: $0) } == .bytes(5))
    try pair.far.shutdownWriting()
    #expect(try buffer.withUnsafeMutableBytes { try pair.near.read(into: $0) } == .endOfStream)
    #expect(try pair.near.write("still open") == .bytes(10))
    #expect(try pair.far.readText() == "still open")
  }

  @Test("a full peer takes a part, then nothing, and more when it has read")
  func writes() throws {
    let pair = try Socket.pair()
    let block = String(repeating: "x", count: 1 << 20)
    guard case .bytes(let taken) = try pair.near.write(block) else {
      Issue.record("an empty socket takes bytes")
      return
    }
    #expect(taken < block.utf8.count)
    while case .bytes = try pair.near.write(block) {}
    #expect(try pair.near.write("x") == .wouldBlock)
    while let text = try pair.far.readText(), !text.isEmpty {}
    #expect(try pair.near.write("x") == .bytes(1))
  }

  @Test("pieces are written one behind the other, as far as the kernel takes them")
  func pieces() throws {
    let pair = try Socket.pair()
    #expect(try pair.near.write(["one, ", "two, ", "", "three"]) == .bytes(15))
    #expect(try pair.far.readText() == "one, two, three")
    #expect(try pair.near.write(["alone"]) == .bytes(5))
    #expect(try pair.far.readText() == "alone")
    let block = String(repeating: "x", count: 1 << 20)
    guard case .bytes(let taken) = try pair.near.write(["first ", block, block]) else {
      Issue.record("an empty socket takes bytes")
      return
    }
    #expect((6..<block.utf8.count).contains(taken))
    while case .bytes = try pair.near.write([block, block]) {}
    #expect(try pair.far.readText()?.hasPrefix("first x") == true)
    try pair.near.shutdownWriting()
    #expect(throws: IOError.connectionLost) { try pair.near.write([block, block]) }
  }

  @Test("writing to a peer that is gone is an error and no signal")
  func noSignal() throws {
    let descriptors = try Socket.pair().takeDescriptors()
    let socket = Socket(takingDescriptor: descriptors.near)
    close(descriptors.far)
    #expect(throws: IOError.connectionLost) { try socket.write("x") }
  }

  @Test("a socket closes with its value, unless the descriptor was taken")
  func closes() throws {
    func peerHasEnded(keeping: Bool) throws -> Bool {
      let descriptors = try Socket.pair().takeDescriptors()
      let peer = Socket(takingDescriptor: descriptors.far)
      let socket = Socket(takingDescriptor: descriptors.near)
      let kept = keeping ? dup(descriptors.near) : -1
      defer { if kept >= 0 { close(kept) } }
      _ = consume socket
      return try peer.readText() == nil
    }
    #expect(try peerHasEnded(keeping: false))
    #expect(try !peerHasEnded(keeping: true))
    let descriptors = try Socket.pair().takeDescriptors()
    let taken = Socket(takingDescriptor: descriptors.near).takeDescriptor()
    #expect(try Socket(takingDescriptor: descriptors.far).readText() == "")
    #expect(close(taken) == 0)
  }
}

@Suite struct SocketAddressTests {
  @Test(
    "an address reads what it writes",
    arguments: [
      "127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:443", "[::]:0",
      "[2001:db8::ff00:42:8329]:3001", "unix:/run/tenantry/edge.sock", "unix:relative",
    ])
  func roundTrip(text: String) throws {
    #expect(try SocketAddress(parsing: text).description == text)
  }

  @Test(
    "what is no address is refused with its text",
    arguments: [
      "", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1", "127.0.0.1:1x",
      "127.0.0:80", "localhost:80", "::1:80", "[::1]", "[::1:80", "[::1%nosuchinterface]:80",
      "unix:", "unix:/a\0b", "unix:/" + String(repeating: "p", count: 107),
    ])
  func refuses(text: String) {
    #expect(throws: IOError.invalidAddress(text)) { try SocketAddress(parsing: text) }
  }

  @Test("a port can be replaced where there is one")
  func ports() throws {
    #expect(SocketAddress.loopback(port: 1).withPort(2) == .loopback(port: 2))
    #expect(try SocketAddress(parsing: "[::1]:1").withPort(2).description == "[::1]:2")
    #expect(SocketAddress.unix("/p").withPort(2) == .unix("/p"))
    #expect(SocketAddress.unix("/p").port == nil)
  }

  @Test("an error tells what was seen, lower case and without a full stop")
  func errors() {
    #expect(IOError.refused.description == "connection refused")
    #expect(IOError.overloaded(limit: 7).description == "queue is full; the limit is 7")
    #expect(
      IOError.addressInUse(.loopback(port: 80)).description == "address 127.0.0.1:80 is in use")
    #expect(IOError.system(.bind, code: EACCES).description == "bind: Permission denied")
  }
}
