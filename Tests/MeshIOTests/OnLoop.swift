import MeshIO
import Synchronization
import Testing

/// Runs the body as a task on a loop of its own; whatever it does between awaits happens on the
/// loop.
func onLoop<Value: Sendable>(
  _ body: @escaping @Sendable (EventLoop) async throws -> Value
) async throws -> Value {
  let group = try EventLoopGroup(count: 1, name: "test")
  try group.start()
  let loop = group.loops[0]
  let result = await Task(executorPreference: loop) { try await body(loop) }.result
  await group.stop()
  return try result.get()
}

/// What happened, in order; for one loop's thread or several.
final class Record<Element: Sendable>: Sendable {
  private let elements = Mutex<[Element]>([])

  var all: [Element] { elements.withLock { $0 } }

  func add(_ element: Element) {
    elements.withLock { $0.append(element) }
  }
}

/// Something to wait for: a task waits, a callback gives.
///
/// Given first, nothing is lost.
final class Gate<Value: Sendable>: Sendable {
  private let (stream, continuation) = AsyncStream<Value>.makeStream()

  func give(_ value: Value) {
    continuation.yield(value)
  }

  func wait() async -> Value {
    for await value in stream { return value }
    preconditionFailure("a gate's stream does not end")
  }
}

/// A readiness handler made of a closure.
final class OnReady: ReadinessHandler {
  private let body: (Readiness) -> Void

  init(_ body: @escaping (Readiness) -> Void) {
    self.body = body
  }

  func ready(_ readiness: Readiness) {
    body(readiness)
  }
}

/// Does something when the last reference goes.
final class Trip: Sendable {
  private let action: @Sendable () -> Void

  init(_ action: @escaping @Sendable () -> Void) {
    self.action = action
  }

  func keep() {}

  deinit {
    action()
  }
}

extension EventLoop {
  /// Lets the loop wait and go round at least so often.
  func letTurnsPass(_ count: Int) async {
    for _ in 0..<count {
      await withCheckedContinuation { continuation in
        _ = schedule(after: .zero) { continuation.resume() }
      }
    }
  }
}

extension Socket {
  borrowing func write(_ text: String) throws -> WriteResult {
    var text = text
    return try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
  }

  /// Writes texts as pieces of one.
  borrowing func write(_ texts: [String]) throws -> WriteResult {
    // Apart, so that the pieces are no neighbours in memory.
    let copies = texts.map { text -> UnsafeMutableRawBufferPointer in
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
      copy.copyBytes(from: text.utf8)
      return copy
    }
    defer { for copy in copies { copy.deallocate() } }
    return try copies.map { UnsafeRawBufferPointer($0) }.withUnsafeBufferPointer { try write($0) }
  }

  /// What is there to read, as text; nil at the end of the stream.
  borrowing func readText() throws -> String? {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let result = try bytes.withUnsafeMutableBytes { try read(into: $0) }
    switch result {
    case .bytes(let count): return String(decoding: bytes[..<count], as: UTF8.self)
    case .wouldBlock: return ""
    case .endOfStream: return nil
    }
  }
}
