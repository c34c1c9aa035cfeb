import CNghttp2
import Glibc

/// Where the sessions of one thread take the library's memory from.
///
/// The library asks for some eight small blocks for each stream and gives them back soon. What it
/// gives back is kept here by size and handed out again: that costs a tenth of `malloc`, whose
/// cache of seven blocks for each size does not last for a hundred concurrent streams.
///
/// Thread: that of its sessions.
package final class SessionMemory {
  /// Larger blocks, such as a session's buffers, are not kept.
  private static let largestKept = 512
  /// The most memory that is kept, in bytes.
  private static let keptLimit = 1 << 20
  /// Sizes come in steps of 16 bytes, as `malloc` rounds them.
  private static let step = 16
  /// What `malloc` keeps in front of a block.
  private static let overhead = 8
  private static let classes = (largestKept + overhead) / step + 1

  /// The first free block of each class; each begins with a pointer to the next.
  ///
  /// A block of class `n` has room for at least `16 n - 8` bytes.
  private let free: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  /// Bytes in free blocks.
  private(set) var keptBytes = 0

  /// Keeps nothing yet.
  package init() {
    free = .allocate(capacity: Self.classes)
    free.initialize(repeating: nil, count: Self.classes)
  }

  deinit {
    for index in 0..<Self.classes {
      while let block = pop(index) { Glibc.free(block) }
    }
    free.deallocate()
  }

  func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
    // The smallest block has room for 24 bytes.
    let index = max(2, (size + Self.overhead + Self.step - 1) / Self.step)
    guard index < Self.classes, let block = pop(index) else { return malloc(size) }
    return block
  }

  func release(_ block: UnsafeMutableRawPointer?) {
    guard let block else { return }
    let room = cnghttp2_room(block)
    let index = (room + Self.overhead) / Self.step
    guard index < Self.classes, keptBytes + index * Self.step <= Self.keptLimit else {
      return Glibc.free(block)
    }
    block.storeBytes(of: free[index], as: UnsafeMutableRawPointer?.self)
    free[index] = block
    keptBytes += index * Self.step
  }

  private func pop(_ index: Int) -> UnsafeMutableRawPointer? {
    guard let block = free[index] else { return nil }
    free[index] = block.load(as: UnsafeMutableRawPointer?.self)
    keptBytes -= index * Self.step
    return block
  }

  /// What the library calls.
  ///
  /// Its rarer wishes, zeroed blocks and ones that grow, go to the C library: every block is one of
  /// `malloc`'s.
  var callbacks: nghttp2_mem {
    nghttp2_mem(
      mem_user_data: Unmanaged.passUnretained(self).toOpaque(),
      malloc: { size, user in SessionMemory.of(user) { $0.allocate(size) } },
      free: { block, user in SessionMemory.of(user) { $0.release(block) } },
      calloc: { count, size, _ in Glibc.calloc(count, size) },
      realloc: { block, size, _ in Glibc.realloc(block, size) })
  }

  @inline(__always)
  private static func of<Result>(
    _ user: UnsafeMutableRawPointer?, _ body: (SessionMemory) -> Result
  ) -> Result {
    guard let user else { preconditionFailure("the library passes on what it was given") }
    return Unmanaged<SessionMemory>.fromOpaque(user)._withUnsafeGuaranteedRef(body)
  }
}
