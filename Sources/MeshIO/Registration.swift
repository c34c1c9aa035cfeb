/// A handler's claim on one descriptor; made by ``EventLoop/register(_:_:_:)``.
///
/// A plain value: copying it is free, and one that is cancelled or overtaken does nothing. Cancel
/// before closing the descriptor. All methods are for the loop's thread.
package struct Registration {
  let loop: EventLoop
  let descriptor: Int32
  let generation: UInt32

  /// Changes what the handler hears about; no system call when nothing changes.
  ///
  /// - Throws: `IOError.system` when the descriptor was closed behind the loop's back.
  package func modify(_ interest: Interest) throws(IOError) {
    try loop.modify(self, interest)
  }

  /// Stops the reports at once, those of the current turn included, and releases the handler.
  package func cancel() {
    loop.cancel(self)
  }
}

/// Who listens to which descriptor: a table indexed by descriptor, with a generation in each place.
///
/// The generation travels through epoll with each event. It changes whenever the place changes
/// hands, so an event harvested for a descriptor that was closed and given out again in the same
/// turn finds nobody.
struct RegistrationTable {
  private struct Place {
    var handler: (any ReadinessHandler)?
    var generation: UInt32 = 0
    var interest: Interest = []
  }

  private var places: [Place] = []

  /// What to hand to epoll for the next claim of the descriptor.
  mutating func nextGeneration(of descriptor: Int32) -> UInt32 {
    let index = Int(descriptor)
    if index >= places.count {
      let capacity = Swift.max(64, places.count * 2, index + 1)
      places.append(contentsOf: repeatElement(Place(), count: capacity - places.count))
    }
    return places[index].generation &+ 1
  }

  /// Enters a claim and returns the handler it displaces, for the caller to release.
  mutating func insert(
    _ handler: any ReadinessHandler, _ interest: Interest, descriptor: Int32, generation: UInt32
  ) -> (any ReadinessHandler)? {
    let displaced = places[Int(descriptor)].handler
    places[Int(descriptor)] = Place(
      handler: handler, generation: generation, interest: interest)
    return displaced
  }

  /// The handler of a claim that still stands.
  func handler(descriptor: Int32, generation: UInt32) -> (any ReadinessHandler)? {
    let index = Int(descriptor)
    guard index < places.count, places[index].generation == generation else { return nil }
    return places[index].handler
  }

  /// The interest of a claim that still stands.
  func interest(descriptor: Int32, generation: UInt32) -> Interest? {
    let index = Int(descriptor)
    guard index < places.count, places[index].generation == generation,
      places[index].handler != nil
    else { return nil }
    return places[index].interest
  }

  /// Notes the changed interest of a claim that still stands.
  mutating func setInterest(_ interest: Interest, descriptor: Int32) {
    places[Int(descriptor)].interest = interest
  }

  /// Ends a claim and returns its handler, for the caller to release; nil when it stands no longer.
  ///
  /// The caller releases outside this call because a handler's `deinit` may come back here.
  mutating func remove(descriptor: Int32, generation: UInt32) -> (any ReadinessHandler)? {
    let index = Int(descriptor)
    guard index < places.count, places[index].generation == generation else { return nil }
    let handler = places[index].handler
    places[index].handler = nil
    places[index].generation &+= 1
    return handler
  }

  /// Ends all claims and returns their handlers, for the caller to release.
  mutating func removeAll() -> [any ReadinessHandler] {
    let handlers = places.compactMap(\.handler)
    places = []
    return handlers
  }
}
