/// The streams of one connection by number: open addressing with linear probing.
///
/// Records do not move: the library keeps pointers to them.
struct StreamTable: ~Copyable {
  typealias Record = UnsafeMutablePointer<StreamRecord>

  /// Free records kept for the next streams.
  private static let maxSpares = 256

  private var slots: UnsafeMutablePointer<Record?>
  /// A power of two.
  private var capacity = 16
  private var spares: [Record] = []
  /// How many streams are in the table.
  private(set) var count = 0

  init() {
    slots = .allocate(capacity: 16)
    slots.initialize(repeating: nil, count: 16)
  }

  /// The record of this stream, nil when there is none.
  func find(_ id: StreamID) -> Record? {
    var index = home(of: id)
    while let record = slots[index] {
      if record.pointee.id == id { return record }
      index = (index + 1) & (capacity - 1)
    }
    return nil
  }

  /// Makes a record for a stream that has none.
  mutating func insert(_ id: StreamID) -> Record {
    if (count + 1) * 2 > capacity { grow() }
    let record = spares.popLast() ?? .allocate(capacity: 1)
    record.initialize(to: StreamRecord(id: id))
    slots[freeSlot(for: id)] = record
    count += 1
    return record
  }

  /// Forgets a stream; its record is gone.
  mutating func remove(_ id: StreamID) {
    var hole = home(of: id)
    while let record = slots[hole], record.pointee.id != id { hole = (hole + 1) & (capacity - 1) }
    guard let record = slots[hole] else { return }
    recycle(record)
    count -= 1
    closeHole(at: hole)
  }

  /// Every record, in no order.
  func all() -> [Record] {
    (0..<capacity).compactMap { slots[$0] }
  }

  /// Spreads neighbouring numbers out (Fibonacci hashing); side by side they would make one run
  /// that each removal has to walk.
  private func home(of id: StreamID) -> Int {
    let hash = UInt32(bitPattern: id.rawValue) &* 2_654_435_769
    return Int(hash >> 16 ^ hash >> 3) & (capacity - 1)
  }

  private func freeSlot(for id: StreamID) -> Int {
    var index = home(of: id)
    while slots[index] != nil { index = (index + 1) & (capacity - 1) }
    return index
  }

  /// Moves later records back so that no probe stops early.
  private mutating func closeHole(at start: Int) {
    var hole = start
    var index = start
    while true {
      index = (index + 1) & (capacity - 1)
      guard let record = slots[index] else { break }
      let distance = (index - home(of: record.pointee.id)) & (capacity - 1)
      guard distance >= (index - hole) & (capacity - 1) else { continue }
      slots[hole] = record
      hole = index
    }
    slots[hole] = nil
  }

  private mutating func recycle(_ record: Record) {
    record.deinitialize(count: 1)
    if spares.count < Self.maxSpares { spares.append(record) } else { record.deallocate() }
  }

  private mutating func grow() {
    let records = all()
    slots.deallocate()
    capacity *= 2
    slots = .allocate(capacity: capacity)
    slots.initialize(repeating: nil, count: capacity)
    for record in records { slots[freeSlot(for: record.pointee.id)] = record }
  }

  deinit {
    for index in 0..<capacity {
      guard let record = slots[index] else { continue }
      record.deinitialize(count: 1)
      record.deallocate()
    }
    for record in spares { record.deallocate() }
    slots.deallocate()
  }
}
