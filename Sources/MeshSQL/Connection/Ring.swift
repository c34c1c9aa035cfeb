/// A first-in, first-out queue that reuses its memory.
struct Ring<Element> {
  private var slots: [Element?] = []
  private var head = 0
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }
  var first: Element? { count == 0 ? nil : slots[head] }

  mutating func append(_ element: Element) {
    if count == slots.count { grow() }
    slots[(head + count) & (slots.count - 1)] = element
    count += 1
  }

  mutating func popFirst() -> Element? {
    guard count > 0 else { return nil }
    defer {
      head = (head + 1) & (slots.count - 1)
      count -= 1
    }
    return slots[head].take()
  }

  /// Takes out the elements that match, keeping the order of the others.
  mutating func remove(where matches: (Element) -> Bool) -> [Element] {
    var removed: [Element] = []
    for _ in 0..<count {
      guard let element = popFirst() else { break }
      if matches(element) { removed.append(element) } else { append(element) }
    }
    return removed
  }

  mutating func removeAll() -> [Element] {
    var removed: [Element] = []
    removed.reserveCapacity(count)
    while let element = popFirst() { removed.append(element) }
    return removed
  }

  private mutating func grow() {
    // A power of two, so that the index wraps by a mask.
    var larger: [Element?] = []
    let capacity = max(8, slots.count * 2)
    larger.reserveCapacity(capacity)
    for offset in 0..<count { larger.append(slots[(head + offset) & (slots.count - 1)]) }
    larger.append(contentsOf: repeatElement(nil, count: capacity - count))
    slots = larger
    head = 0
  }
}
