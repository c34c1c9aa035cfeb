import CNghttp2
import Glibc
import Synchronization

/// Where the sessions of one thread take the library's memory from.
///
/// The library asks for some eight small blocks for each stream and gives them back soon. What it
/// gives back is kept here by size and handed out again: that costs a tenth of `malloc`, whose
/// cache of seven blocks for each size does not last for a hundred concurrent streams.
///
/// Its servers also share the buffer into which the library packs a frame, which costs an idle
/// connection a page.
///
/// Thread: that of its sessions, which may end on any: whoever holds on to a call longer than its
/// connection lives lets go of the session too, wherever it runs.
package final class SessionMemory {
  /// Larger blocks, such as a session's buffers, are not kept.
  private static let largestKept = 512
  /// The most memory that is kept, in bytes.
  private static let keptLimit = 1 << 20
  /// Sizes come in steps of 16 bytes, as `malloc` rounds them.
  private static let step = 16
  /// What `malloc` keeps in front of a block.
  private static let overhead = 8
  /// Room for what the library asks for to pack a frame: 16 KiB and the frame's head.
  private static let frameSize = (16 << 10) + 1024
  /// Glibc's smallest block has room for 24 bytes.
  private static let smallestClass = 2
  private static let classes = (largestKept + overhead) / step + 1

  /// The first free block of each class; each begins with a pointer to the next.
  ///
  /// A block of class `n` has room for at least `16 n - 8` bytes.
  private let free: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  /// Where the frames of all servers are packed.
  private let frame: UnsafeMutableRawPointer
  /// A server's session is being made, and has not asked for its frame's buffer yet.
  private var lendsFrame = false
  /// Bytes in free blocks.
  private(set) var keptBytes = 0
  /// The thread of the sessions; nil before the first.
  private var thread: pthread_t?
  /// Addresses of sessions that ended on other threads and wait for their own to free them.
  private let strays = Mutex<[UInt]>([])

  /// Keeps nothing yet.
  package init() {
    free = .allocate(capacity: Self.classes)
    free.initialize(repeating: nil, count: Self.classes)
    frame = .allocate(byteCount: Self.frameSize, alignment: 16)
  }

  deinit {
    freeStrays()
    for index in 0..<Self.classes {
      while let block = pop(index) { Glibc.free(block) }
    }
    free.deallocate()
    frame.deallocate()
  }

  /// A session is about to be made, on the thread of all that are made from here.
  func prepare() {
    precondition(
      thread.map { pthread_equal($0, pthread_self()) != 0 } ?? true,
      "sessions share memory on one thread only")
    thread = pthread_self()
    freeStrays()
  }

  /// Frees a session: at once on its own thread, or when its thread makes the next one.
  func end(_ session: OpaquePointer) {
    if let thread, pthread_equal(thread, pthread_self()) != 0 {
      nghttp2_session_del(session)
    } else {
      strays.withLock { $0.append(UInt(bitPattern: session)) }
    }
  }

  /// How many sessions wait to be freed.
  var strayCount: Int { strays.withLock { $0.count } }

  private func freeStrays() {
    let ended = strays.withLock { strays in
      defer { strays = [] }
      return strays
    }
    for address in ended { nghttp2_session_del(OpaquePointer(bitPattern: address)) }
  }

  /// Lets the server's session that `body` makes pack its frames where the others do.
  ///
  /// Nothing in that buffer outlives a call of `nghttp2_session_mem_send` but the bytes that it
  /// returns, which `drain` copies before anything else (nghttp2 1.52, `lib/nghttp2_session.c`),
  /// as long as no DATA frame is put off (see `writeData`). A client's holds its preface from the
  /// beginning, so clients keep their own.
  func lendingFrame<Result>(_ body: () -> Result) -> Result {
    lendsFrame = true
    defer { lendsFrame = false }
    return body()
  }

  func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
    let index = max(
      Self.smallestClass, (size + Self.overhead + Self.step - 1) / Self.step)
    guard index < Self.classes else { return malloc(size) }
    // All the room of its class, which an allocator other than glibc's might not give by itself.
    return pop(index) ?? malloc(index * Self.step - Self.overhead)
  }

  func release(_ block: UnsafeMutableRawPointer?) {
    guard let block, block != frame else { return }
    let room = cnghttp2_room(block)
    let index = (room + Self.overhead) / Self.step
    guard (Self.smallestClass..<Self.classes).contains(index),
      keptBytes + index * Self.step <= Self.keptLimit
    else {
      return Glibc.free(block)
    }
    block.storeBytes(of: free[index], as: UnsafeMutableRawPointer?.self)
    free[index] = block
    keptBytes += index * Self.step
  }

  func resize(_ block: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer? {
    if block == nil, lendsFrame, (16 << 10)...Self.frameSize ~= size {
      lendsFrame = false
      return frame
    }
    guard let block, block == frame else { return realloc(block, size) }
    // A session that wants more has a buffer of its own from now on.
    let own = malloc(size)
    own?.copyMemory(from: block, byteCount: min(size, Self.frameSize))
    return own
  }

  private func pop(_ index: Int) -> UnsafeMutableRawPointer? {
    guard let block = free[index] else { return nil }
    free[index] = block.load(as: UnsafeMutableRawPointer?.self)
    keptBytes -= index * Self.step
    return block
  }

  /// What the library calls.
  ///
  /// Its rarer wishes, zeroed blocks and ones that grow, go to the C library: every block but the
  /// frame's is one of `malloc`'s.
  var callbacks: nghttp2_mem {
    nghttp2_mem(
      mem_user_data: Unmanaged.passUnretained(self).toOpaque(),
      malloc: { size, user in SessionMemory.of(user) { $0.allocate(size) } },
      free: { block, user in SessionMemory.of(user) { $0.release(block) } },
      calloc: { count, size, _ in Glibc.calloc(count, size) },
      realloc: { block, size, user in SessionMemory.of(user) { $0.resize(block, size) } })
  }

  @inline(__always)
  private static func of<Result>(
    _ user: UnsafeMutableRawPointer?, _ body: (SessionMemory) -> Result
  ) -> Result {
    guard let user else { preconditionFailure("the library passes on what it was given") }
    return Unmanaged<SessionMemory>.fromOpaque(user)._withUnsafeGuaranteedRef(body)
  }
}
