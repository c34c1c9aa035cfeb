internal import CProtobufC
internal import Glibc

/// The memory that one thread's messages pass through between the wire and Swift.
///
/// A bump allocator: protobuf-c unpacks into it, generated code builds C structs in it, and
/// everything is given back at once by ``release(to:)``. Uses nest like a stack. The first 64 KiB
/// belong to the thread and are reused by every message; more is taken in blocks and freed on
/// release.
///
/// An arena never leaves the thread that asked for ``current``, and nothing suspends while it is in
/// use: that, not a lock, is what makes it safe.
///
/// Every allocation is preceded by its size, so a string keeps the length it had on the wire and a
/// NUL inside it is noticed instead of cutting it short.
package struct ProtoArena {
  let state: UnsafeMutablePointer<ArenaState>

  /// The most memory that one incoming message may take, in bytes.
  ///
  /// A few bytes on the wire can stand for a large C struct, so the limit on the message's
  /// length alone does not bound this.
  package static let decodeLimit = 64 << 20

  /// The deepest nesting of messages that is read; deeper ones could exhaust the stack.
  package static let depthLimit = 100

  /// Byte strings of so many bytes are not copied into the arena: it holds them instead.
  static let keptFrom = 4 << 10

  /// The calling thread's arena, made on first use and freed when the thread ends.
  package static var current: ProtoArena {
    if let existing = pthread_getspecific(threadKey) {
      return ProtoArena(state: existing.assumingMemoryBound(to: ArenaState.self))
    }
    let state = UnsafeMutablePointer<ArenaState>.allocate(capacity: 1)
    ArenaState.initialize(state)
    pthread_setspecific(threadKey, state)
    return ProtoArena(state: state)
  }

  /// A position to return to with ``release(to:)``.
  package struct Mark {
    let block: UnsafeMutablePointer<ArenaState.Block>
    let cursor: UnsafeMutableRawPointer
    let kept: Int
  }

  /// The current position.
  package var mark: Mark {
    Mark(
      block: state.pointee.block, cursor: state.pointee.cursor, kept: state.pointee.keptCount)
  }

  /// The long byte strings that are held since `mark` was taken.
  func kept(since mark: Mark) -> ArraySlice<[UInt8]> {
    state.pointee.keptCount == mark.kept ? [] : state.pointee.kept[mark.kept...]
  }

  /// Gives back everything allocated since `mark` was taken.
  package func release(to mark: Mark) {
    if state.pointee.block != mark.block {
      state.pointee.dropBlocks(downTo: mark.block)
    }
    state.pointee.cursor = mark.cursor
    if state.pointee.keptCount != mark.kept { state.pointee.dropKept(downTo: mark.kept) }
  }

  /// Takes `size` uninitialised bytes, aligned for any C field.
  package func allocate(_ size: Int) -> UnsafeMutableRawPointer {
    guard let bytes = state.pointee.allocate(size) else {
      preconditionFailure("out of memory for a message of our own")
    }
    return bytes
  }

  /// Takes room for one C struct; the caller initialises it.
  package func allocate<C>(_ type: C.Type) -> UnsafeMutablePointer<C> {
    allocate(MemoryLayout<C>.size).bindMemory(to: C.self, capacity: 1)
  }

  /// Takes room for `count` C values side by side; the caller initialises them.
  package func allocate<C>(_ type: C.Type, count: Int) -> UnsafeMutablePointer<C> {
    allocate(MemoryLayout<C>.stride * count).bindMemory(to: C.self, capacity: count)
  }

  /// Runs `body` with the memory taken inside it limited to ``decodeLimit``.
  ///
  /// - Throws: What `body` throws, or ``ProtoError/tooLarge(limit:)`` if it failed because the
  ///   limit was reached.
  func limited<T>(_ body: () throws(ProtoError) -> T) throws(ProtoError) -> T {
    let before = (limit: state.pointee.limit, exhausted: state.pointee.exhausted)
    state.pointee.limit = min(before.limit, state.pointee.extraBytes + Self.decodeLimit)
    state.pointee.exhausted = false
    defer {
      state.pointee.limit = before.limit
      state.pointee.exhausted = before.exhausted
    }
    do throws(ProtoError) {
      return try body()
    } catch {
      throw state.pointee.exhausted ? .tooLarge(limit: Self.decodeLimit) : error
    }
  }
}

/// The thread's slot for its arena, which is freed when the thread ends.
private let threadKey: pthread_key_t = {
  var key = pthread_key_t()
  let failure = pthread_key_create(&key) { state in
    guard let state else { return }
    ArenaState.destroy(state.assumingMemoryBound(to: ArenaState.self))
  }
  precondition(failure == 0, "no thread-local slot left")
  return key
}()
