import Glibc
import MeshIO
import Synchronization
import Testing

@Suite struct RegistrationTests {
  @Test("readable is reported until it is used up")
  func levelTriggered() async throws {
    try await onLoop { loop in
      let pair = try Socket.pair()
      let gate = Gate<Readiness>()
      let claim = try loop.register(pair.near.descriptor, .read, OnReady { gate.give($0) })
      _ = try pair.far.write("x")
      #expect(await gate.wait() == .readable)
      #expect(await gate.wait() == .readable)
      #expect(try pair.near.readText() == "x")
      claim.cancel()
    }
  }

  @Test("an interest can be dropped and taken up again")
  func modifies() async throws {
    try await onLoop { loop in
      let pair = try Socket.pair()
      let record = Record<Readiness>()
      let claim = try loop.register(pair.near.descriptor, .write, OnReady { record.add($0) })
      await loop.letTurnsPass(2)
      #expect(record.all.first == .writable)
      try claim.modify([])
      let heard = record.all.count
      await loop.letTurnsPass(3)
      #expect(record.all.count == heard)
      try claim.modify([.read, .write])
      await loop.letTurnsPass(2)
      #expect(record.all.count > heard)
      claim.cancel()
    }
  }

  @Test("cancelling in a turn silences what the turn still holds")
  func cancelInTurn() async throws {
    try await onLoop { loop in
      let one = try Socket.pair()
      let two = try Socket.pair()
      let record = Record<String>()
      let claims = Mutex<[Int32: Registration]>([:])
      func handler(_ name: String, silencing other: Int32) -> OnReady {
        OnReady { _ in
          record.add(name)
          claims.withLock { $0[other]?.cancel() }
        }
      }
      let (first, second) = (one.near.descriptor, two.near.descriptor)
      let firstClaim = try loop.register(first, .read, handler("first", silencing: second))
      let secondClaim = try loop.register(second, .read, handler("second", silencing: first))
      claims.withLock { $0 = [first: firstClaim, second: secondClaim] }
      _ = try one.far.write("x")
      _ = try two.far.write("x")
      await loop.letTurnsPass(3)
      #expect(Set(record.all).count == 1)
      claims.withLock { $0.values.forEach { $0.cancel() } }
    }
  }

  @Test("a descriptor given out again in the same turn does not hear its predecessor's event")
  func reuse() async throws {
    try await onLoop { loop in
      let scene = try Reuse(on: loop)
      await loop.letTurnsPass(3)
      #expect(scene.reused, "the kernel gives out the lowest free descriptor")
      #expect(scene.strayEvents == 0)
      scene.end()
    }
  }

  @Test("a late cancel does nothing to the descriptor's next owner")
  func lateCancel() async throws {
    try await onLoop { loop in
      let pair = try Socket.pair()
      let old = try loop.register(pair.near.descriptor, .read, OnReady { _ in })
      old.cancel()
      let gate = Gate<Readiness>()
      let new = try loop.register(pair.near.descriptor, .read, OnReady { gate.give($0) })
      old.cancel()
      try old.modify([])
      _ = try pair.far.write("x")
      #expect(await gate.wait() == .readable)
      new.cancel()
    }
  }

  @Test("a descriptor has one handler, and a plain file has none")
  func refuses() async throws {
    try await onLoop { loop in
      let pair = try Socket.pair()
      let claim = try loop.register(pair.near.descriptor, .read, OnReady { _ in })
      #expect(throws: IOError.system(.epollControl, code: EEXIST)) {
        _ = try loop.register(pair.near.descriptor, .read, OnReady { _ in })
      }
      claim.cancel()
      let file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
      defer { close(file) }
      #expect(throws: IOError.system(.epollControl, code: EPERM)) {
        _ = try loop.register(file, .read, OnReady { _ in })
      }
    }
  }

  @Test("letting go of a handler may come back to the loop")
  func reentrantRelease() async throws {
    try await onLoop { loop in
      let gate = Gate<Void>()
      let pair = try Socket.pair()
      let claim = {
        let trip = Trip { loop.atEndOfTurn { gate.give(()) } }
        return try loop.register(pair.near.descriptor, .read, OnReady { _ in trip.keep() })
      }
      try claim().cancel()
      await gate.wait()
    }
  }

  @Test("a peer that is gone is heard without any interest")
  func hangup() async throws {
    try await onLoop { loop in
      let (gate, descriptors) = (Gate<Readiness>(), try Socket.pair().takeDescriptors())
      let near = Socket(takingDescriptor: descriptors.near)
      let claim = try loop.register(near.descriptor, [], OnReady { gate.give($0) })
      close(descriptors.far)
      #expect(await gate.wait().contains(.hangup))
      claim.cancel()
      #expect(try near.readText() == nil)
    }
  }
}

/// Two readable sockets; whoever is heard first closes the other and registers a quiet newcomer
/// under its number.
///
/// Thread: the loop's.
private final class Reuse: @unchecked Sendable {
  private(set) var reused = false
  private(set) var strayEvents = 0
  private var claims: [Int32: Registration] = [:]
  private var open: [Int32] = []

  init(on loop: EventLoop) throws {
    let pairs = [try Socket.pair().takeDescriptors(), try Socket.pair().takeDescriptors()]
    open = pairs.flatMap { [$0.near, $0.far] }
    for (pair, other) in [(pairs[0], pairs[1]), (pairs[1], pairs[0])] {
      claims[pair.near] = try loop.register(
        pair.near, .read, OnReady { [unowned self] _ in replace(other.near, pair.near, loop) })
      send(pair.far, "x", 1, 0)
    }
  }

  func end() {
    claims.values.forEach { $0.cancel() }
    open.forEach { close($0) }
  }

  private func replace(_ victim: Int32, _ heard: Int32, _ loop: EventLoop) {
    claims.removeValue(forKey: heard)?.cancel()
    claims.removeValue(forKey: victim)?.cancel()
    // dup2 closes the victim and puts a quiet socket in its place in one step, whatever other tests
    // open meanwhile.
    guard let quiet = try? Socket.pair().takeDescriptors() else { return }
    open += [quiet.near, quiet.far]
    reused = dup2(quiet.near, victim) == victim
    claims[victim] = try? loop.register(
      victim, .read, OnReady { [unowned self] _ in strayEvents += 1 })
    reused = reused && claims[victim] != nil
  }
}
