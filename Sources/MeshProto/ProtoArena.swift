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
  }

  /// The current position.
  package var mark: Mark {
    Mark(block: state.pointee.block, cursor: state.pointee.cursor)
  }

  /// Gives back everything allocated since `mark` was taken.
  package func release(to mark: Mark) {
    if state.pointee.block != mark.block {
      state.pointee.dropBlocks(downTo: mark.block)
    }
    state.pointee.cursor = mark.cursor
  }

  /// Takes `size` uninitialised bytes, aligned for any C field.
  package func allocate(_ size: Int) -> UnsafeMutableRawPointer {
    guard let bytes = state.pointee.allocate(size) else {
      preconditionFailure("out of memory for a message of our own")
    }
    return bytes
  }

  /// Takes room for one C struct; the caller initialises it.
  @inlinable
  package func allocate<C>(_ type: C.Type) -> UnsafeMutablePointer<C> {
    allocate(MemoryLayout<C>.size).bindMemory(to: C.self, capacity: 1)
  }

  /// Takes room for `count` C values side by side; the caller initialises them.
  @inlinable
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

/// The blocks of one arena and the position in the newest.
///
/// Owned by the thread it was made on.
struct ArenaState {
  /// The head of a block; its bytes follow it.
  struct Block {
    let previous: UnsafeMutablePointer<Block>?
    let size: Int
  }

  static let firstBlockSize = 64 << 10
  static let blockSize = 256 << 10
  /// The room for an allocation's size in front of it; keeps the alignment that C structs need.
  static let headSize = 8

  var cursor: UnsafeMutableRawPointer
  var end: UnsafeMutableRawPointer
  var block: UnsafeMutablePointer<Block>
  /// The bytes in all blocks after the first.
  var extraBytes = 0
  var limit = Int.max
  /// An allocation was refused since the limit was set.
  var exhausted = false
  /// What protobuf-c is given; its callbacks find this struct through `allocator_data`.
  var allocator = ProtobufCAllocator()

  static func initialize(_ state: UnsafeMutablePointer<ArenaState>) {
    guard let first = makeBlock(firstBlockSize, after: nil) else {
      preconditionFailure("out of memory for a thread's first block")
    }
    let start = UnsafeMutableRawPointer(first + 1)
    state.initialize(
      to: ArenaState(
        cursor: start, end: UnsafeMutableRawPointer(first) + firstBlockSize, block: first))
    state.pointee.allocator.allocator_data = UnsafeMutableRawPointer(state)
    state.pointee.allocator.alloc = { data, size in
      data?.assumingMemoryBound(to: ArenaState.self).pointee.allocate(size)
    }
    state.pointee.allocator.free = { _, _ in }
  }

  static func destroy(_ state: UnsafeMutablePointer<ArenaState>) {
    var block: UnsafeMutablePointer<Block>? = state.pointee.block
    while let current = block {
      block = current.pointee.previous
      free(current)
    }
    state.deallocate()
  }

  /// The size that the allocation at `bytes` was asked for with.
  static func size(of bytes: UnsafeRawPointer) -> Int {
    (bytes - headSize).load(as: Int.self)
  }

  mutating func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
    guard size <= Int.max - 64 else { return nil }
    let needed = Self.headSize + ((size + 7) & ~7)
    if end - cursor < needed {
      guard grow(needed) else { return nil }
    }
    cursor.storeBytes(of: size, as: Int.self)
    let bytes = cursor + Self.headSize
    cursor += needed
    return bytes
  }

  mutating func dropBlocks(downTo kept: UnsafeMutablePointer<Block>) {
    while block != kept {
      guard let previous = block.pointee.previous else {
        preconditionFailure("released to a mark of another arena")
      }
      extraBytes -= block.pointee.size
      free(block)
      block = previous
    }
    end = UnsafeMutableRawPointer(block) + block.pointee.size
  }

  private mutating func grow(_ needed: Int) -> Bool {
    let size = max(Self.blockSize, needed + MemoryLayout<Block>.size)
    guard size <= limit - extraBytes, let added = Self.makeBlock(size, after: block) else {
      exhausted = true
      return false
    }
    extraBytes += size
    block = added
    cursor = UnsafeMutableRawPointer(added + 1)
    end = UnsafeMutableRawPointer(added) + size
    return true
  }

  private static func makeBlock(
    _ size: Int, after previous: UnsafeMutablePointer<Block>?
  ) -> UnsafeMutablePointer<Block>? {
    guard let bytes = malloc(size) else { return nil }
    let block = bytes.bindMemory(to: Block.self, capacity: 1)
    block.initialize(to: Block(previous: previous, size: size))
    return block
  }
}
