internal import CProtobufC
internal import Glibc

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
  /// Long byte strings that C structs point at, held until the release.
  private(set) var kept: [[UInt8]] = []
  /// How many those are, where it is found without a detour.
  private(set) var keptCount = 0
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
    state.deinitialize(count: 1)
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

  mutating func keep(_ bytes: [UInt8]) {
    kept.append(bytes)
    keptCount += 1
  }

  mutating func dropKept(downTo count: Int) {
    kept.removeLast(keptCount - count)
    keptCount = count
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
