/// Bytes of one connection in the order of the wire: frames packed one behind the other, and long
/// runs of bodies left where they are.
///
/// It is filled by `HTTP2Session.drain`, shown piece by piece, and emptied by as much as was sent.
/// It is never copied: that would count references on the path of a call.
package struct HTTP2Output: ~Copyable {
  /// Runs of a body that are shorter, in bytes, are packed: a piece more would cost as much.
  static let shortestSlice = 4 << 10
  /// The most pieces that are shown at once.
  package static let maxPieces = 64

  /// A run of a body, which comes after the first `position` packed bytes.
  private struct Slice {
    let body: [UInt8]
    var start: UnsafeRawPointer
    var count: Int
    let position: Int
  }

  /// How many bytes wait to be sent.
  package private(set) var count = 0
  private var packed: [UInt8]
  /// How many packed bytes were sent.
  private var packedFrom = 0
  private var slices: [Slice] = []
  /// The first slice that was not sent in full.
  private var nextSlice = 0
  private let packsAll: Bool

  /// Nothing yet.
  package init() {
    packed = []
    packsAll = false
  }

  /// Begins with `bytes`, and will be in one piece whatever is added.
  package init(packing bytes: consuming [UInt8]) {
    count = bytes.count
    packed = bytes
    packsAll = true
  }

  /// Whether nothing waits.
  package var isEmpty: Bool { count == 0 }

  /// Takes all bytes out of an output that is in one piece and of which none was sent.
  package mutating func takePacked() -> [UInt8] {
    precondition(slices.isEmpty && packedFrom == 0, "the output is not in one piece")
    var bytes: [UInt8] = []
    swap(&bytes, &packed)
    count = 0
    return bytes
  }

  /// Adds what `body` appends to the array that it is given.
  package mutating func append(by body: (inout [UInt8]) throws -> Void) rethrows {
    let before = packed.count
    defer { count += packed.count - before }
    try body(&packed)
  }

  /// Adds a copy of these bytes.
  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    packed.append(contentsOf: bytes)
    count += bytes.count
  }

  /// Adds a part of a body; a long one is not copied.
  ///
  /// Inlined, because a short one need not hold the body then.
  @inline(__always)
  mutating func append(_ body: [UInt8], _ range: Range<Int>) {
    count += range.count
    body.withUnsafeBufferPointer { bytes in
      let part = UnsafeBufferPointer(rebasing: bytes[range])
      guard part.count >= Self.shortestSlice, !packsAll, let start = part.baseAddress else {
        return packed.append(contentsOf: part)
      }
      // The bytes of an array lie in one heap object that does not move while somebody holds it.
      slices.append(Slice(body: body, start: start, count: part.count, position: packed.count))
    }
  }

  /// Shows what waits, in order and at most `maxPieces` pieces of it; they are good for the call.
  package func withPieces<Result>(
    _ body: (UnsafeBufferPointer<UnsafeRawBufferPointer>) throws -> Result
  ) rethrows -> Result {
    guard nextSlice < slices.count else {
      return try packed.withUnsafeBytes { bytes in
        let piece = UnsafeRawBufferPointer(rebasing: bytes[packedFrom...])
        return try withUnsafePointer(to: piece) {
          try body(UnsafeBufferPointer(start: $0, count: piece.isEmpty ? 0 : 1))
        }
      }
    }
    return try packed.withUnsafeBytes { bytes in
      try withUnsafeTemporaryAllocation(
        of: UnsafeRawBufferPointer.self, capacity: Self.maxPieces
      ) { pieces in
        let count = point(pieces, at: bytes)
        return try body(UnsafeBufferPointer(rebasing: pieces[..<count]))
      }
    }
  }

  /// Fills `pieces`; how many there are.
  private func point(
    _ pieces: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>,
    at packed: UnsafeRawBufferPointer
  ) -> Int {
    var count = 0
    var from = packedFrom
    func add(_ piece: UnsafeRawBufferPointer) {
      guard !piece.isEmpty, count < pieces.count else { return }
      pieces.initializeElement(at: count, to: piece)
      count += 1
    }
    for slice in slices[nextSlice...] {
      guard count < pieces.count else { return count }
      add(UnsafeRawBufferPointer(rebasing: packed[from..<slice.position]))
      add(UnsafeRawBufferPointer(start: slice.start, count: slice.count))
      from = slice.position
    }
    add(UnsafeRawBufferPointer(rebasing: packed[from...]))
    return count
  }

  /// Forgets the first `sent` bytes, of which there must be as many.
  package mutating func drop(_ sent: Int) {
    precondition(sent <= count, "dropped more than there was")
    count -= sent
    var rest = sent
    while rest > 0 {
      let isLast = nextSlice == slices.count
      let inFront = (isLast ? packed.count : slices[nextSlice].position) - packedFrom
      let part = min(rest, inFront)
      packedFrom += part
      rest -= part
      guard rest > 0, !isLast else { continue }
      let ofSlice = min(rest, slices[nextSlice].count)
      rest -= ofSlice
      slices[nextSlice].start += ofSlice
      slices[nextSlice].count -= ofSlice
      if slices[nextSlice].count == 0 { nextSlice += 1 }
    }
    if count == 0 { removeAll() }
  }

  /// Forgets everything but the room for it.
  package mutating func removeAll() {
    packed.removeAll(keepingCapacity: true)
    packedFrom = 0
    count = 0
    guard !slices.isEmpty else { return }
    slices.removeAll(keepingCapacity: true)
    nextSlice = 0
  }

  /// Bytes in memory for what waits: a slice holds its whole body.
  var heldBytes: Int {
    var held = packed.count
    for index in nextSlice..<slices.count {
      let body = slices[index].body
      let isCounted = slices[nextSlice..<index].contains { $0.body.sharesStorage(with: body) }
      if !isCounted { held += body.count }
    }
    return held
  }

  /// Makes what waits fit to be kept until the peer reads on: it holds no more than twice its size,
  /// though it be the last piece of a body of megabytes.
  package mutating func compact() {
    guard nextSlice < slices.count, heldBytes > 2 * count else { return }
    var copy: [UInt8] = []
    copy.reserveCapacity(count)
    while !isEmpty {
      let taken = withPieces { pieces in
        for piece in pieces { copy.append(contentsOf: piece) }
        return pieces.reduce(0) { $0 + $1.count }
      }
      drop(taken)
    }
    count = copy.count
    packed = copy
    slices = []
  }
}

extension [UInt8] {
  /// Whether both are the same bytes in memory.
  fileprivate func sharesStorage(with other: [UInt8]) -> Bool {
    withUnsafeBytes { mine in other.withUnsafeBytes { $0.baseAddress == mine.baseAddress } }
  }
}
