extension EventLoop {
  /// Reports to the handler, which it keeps, whenever the descriptor is ready.
  ///
  /// On the loop.
  ///
  /// One registration per descriptor. The descriptor stays the caller's to close, after `cancel()`.
  ///
  /// - Throws: `IOError.system(.epollControl)`: not open, a plain file, or registered already.
  package func register(
    _ descriptor: Int32, _ interest: Interest, _ handler: any ReadinessHandler
  ) throws(IOError) -> Registration {
    preconditionOnLoop()
    precondition(descriptor >= 0, "a descriptor is never negative")
    let generation = table.nextGeneration(of: descriptor)
    try poller.add(descriptor, interest, key: Self.key(descriptor, generation))
    // epoll took it, so a claim found here is of a descriptor that was closed without cancel.
    let displaced = table.insert(
      handler, interest, descriptor: descriptor, generation: generation)
    withExtendedLifetime(displaced) {}
    return Registration(loop: self, descriptor: descriptor, generation: generation)
  }

  func modify(_ claim: Registration, _ interest: Interest) throws(IOError) {
    preconditionOnLoop()
    let (descriptor, generation) = (claim.descriptor, claim.generation)
    guard let current = table.interest(descriptor: descriptor, generation: generation),
      current != interest
    else { return }
    try poller.modify(descriptor, interest, key: Self.key(descriptor, generation))
    table.setInterest(interest, descriptor: descriptor)
  }

  func cancel(_ claim: Registration) {
    preconditionOnLoop()
    let handler = table.remove(descriptor: claim.descriptor, generation: claim.generation)
    guard handler != nil else { return }
    poller.remove(claim.descriptor)
    withExtendedLifetime(handler) {}
  }

  private static func key(_ descriptor: Int32, _ generation: UInt32) -> UInt64 {
    UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
  }
}
