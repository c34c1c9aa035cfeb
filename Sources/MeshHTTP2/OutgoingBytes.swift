/// The DATA of one stream that waits to be sent, first in, first out.
///
/// Arrays are adopted, not copied.
struct OutgoingBytes {
  private var head: [UInt8] = []
  private var headOffset = 0
  private var rest: [[UInt8]] = []
  private var restOffset = 0
  /// How many bytes wait.
  private(set) var count = 0

  /// Puts a chunk at the end.
  mutating func append(_ chunk: consuming [UInt8]) {
    guard !chunk.isEmpty else { return }
    if count == 0 {
      count = chunk.count
      head = chunk
      headOffset = 0
    } else {
      count += chunk.count
      rest.append(chunk)
    }
  }

  /// Moves the first `total` bytes, of which there must be as many, to the end of `sink`.
  mutating func move(_ total: Int, to sink: inout HTTP2Output) {
    precondition(total <= count)
    var missing = total
    while missing > 0 {
      let part = min(missing, head.count - headOffset)
      sink.append(head, headOffset..<headOffset + part)
      headOffset += part
      missing -= part
      if headOffset == head.count { advance() }
    }
    count -= total
  }

  /// Throws everything away.
  mutating func removeAll() {
    self = OutgoingBytes()
  }

  private mutating func advance() {
    headOffset = 0
    guard restOffset < rest.count else {
      head = []
      rest.removeAll()
      restOffset = 0
      return
    }
    head = []
    swap(&head, &rest[restOffset])
    restOffset += 1
    // The used-up front is dropped in one go when it is the larger half.
    if restOffset > 32, restOffset * 2 > rest.count {
      rest.removeFirst(restOffset)
      restOffset = 0
    }
  }
}
