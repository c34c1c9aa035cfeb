/// The loop's timers: a four-way heap over deadlines whose entries know where they are.
///
/// A cancelled timer leaves at once, so a hundred thousand request deadlines that are all cancelled
/// early cost no memory and no later sweep. Entries live in a slab that is reused: scheduling
/// allocates nothing but what the caller's closure captures. Equal deadlines fire in the order in
/// which they were scheduled.
struct TimerHeap {
  /// Which timer; stale when the timer has fired or was cancelled.
  struct ID {
    let slot: Int32
    let generation: UInt64
  }

  private struct Key {
    let deadline: MonotonicTime
    let sequence: UInt64
    let slot: Int32

    func precedes(_ other: Key) -> Bool {
      if deadline != other.deadline { return deadline < other.deadline }
      return sequence < other.sequence
    }
  }

  private struct Slot {
    var generation: UInt64 = 0
    var position = 0
    var work: Callback?
  }

  private var heap: [Key] = []
  private var slots: [Slot] = []
  private var free: [Int32] = []
  /// The number that the next timer gets; those with a lower one exist already.
  private(set) var nextSequence: UInt64 = 0

  /// The first deadline.
  var earliest: MonotonicTime? { heap.first?.deadline }

  /// How many timers wait.
  var count: Int { heap.count }

  mutating func insert(_ deadline: MonotonicTime, _ work: Callback) -> ID {
    let slot: Int32
    if let reused = free.popLast() {
      slot = reused
    } else {
      slot = Int32(slots.count)
      slots.append(Slot())
    }
    slots[Int(slot)].work = work
    heap.append(Key(deadline: deadline, sequence: nextSequence, slot: slot))
    nextSequence += 1
    siftUp(heap.count - 1)
    return ID(slot: slot, generation: slots[Int(slot)].generation)
  }

  /// Takes a timer out and returns its work, for the caller to release; nil when it waits no
  /// longer.
  ///
  /// The caller releases outside this call because what the closure captured may come back here.
  mutating func remove(_ id: ID) -> Callback? {
    guard Int(id.slot) < slots.count, slots[Int(id.slot)].generation == id.generation else {
      return nil
    }
    return take(position: slots[Int(id.slot)].position)
  }

  /// Takes out the first timer that is due and was scheduled before the given sequence number.
  mutating func popDue(_ now: MonotonicTime, before sequence: UInt64) -> Callback? {
    guard let first = heap.first, first.deadline <= now, first.sequence < sequence else {
      return nil
    }
    return take(position: 0)
  }

  /// Takes out everything and returns the work, for the caller to release.
  mutating func removeAll() -> [Callback] {
    var taken: [Callback] = []
    while !heap.isEmpty {
      if let work = take(position: heap.count - 1) { taken.append(work) }
    }
    return taken
  }

  private mutating func take(position: Int) -> Callback? {
    let slot = Int(heap[position].slot)
    let last = heap.removeLast()
    if position < heap.count {
      place(last, at: position)
      siftDown(position)
      siftUp(slots[Int(last.slot)].position)
    }
    let work = slots[slot].work
    slots[slot].work = nil
    slots[slot].generation += 1
    free.append(Int32(slot))
    return work
  }

  private mutating func place(_ key: Key, at position: Int) {
    heap[position] = key
    slots[Int(key.slot)].position = position
  }

  private mutating func siftUp(_ start: Int) {
    let key = heap[start]
    var position = start
    while position > 0 {
      let parent = (position - 1) / 4
      guard key.precedes(heap[parent]) else { break }
      place(heap[parent], at: position)
      position = parent
    }
    place(key, at: position)
  }

  private mutating func siftDown(_ start: Int) {
    let key = heap[start]
    var position = start
    while true {
      let firstChild = position * 4 + 1
      guard firstChild < heap.count else { break }
      var least = firstChild
      for child in firstChild..<min(firstChild + 4, heap.count) where child != least {
        if heap[child].precedes(heap[least]) { least = child }
      }
      guard heap[least].precedes(key) else { break }
      place(heap[least], at: position)
      position = least
    }
    place(key, at: position)
  }
}

/// A timer that was scheduled; made by ``EventLoop/schedule(after:_:)``.
///
/// A plain value: copying it is free, dropping it does not cancel.
package struct TimerHandle {
  let loop: EventLoop
  let id: TimerHeap.ID

  /// Takes the timer out; does nothing when it has fired or was cancelled.
  ///
  /// On the loop.
  package func cancel() {
    loop.cancel(self)
  }
}
