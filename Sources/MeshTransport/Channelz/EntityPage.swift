/// What channelz calls something by: a server, a channel, a subchannel or a socket.
package struct EntityRef: Sendable, Equatable {
  /// Never given to anything else in this process.
  package let id: Int64
  /// For people; empty where there is nothing to say.
  package let name: String
}

/// One page of a list that is ordered by id and changes between the pages.
///
/// Whoever asks for the next page asks from the last id of this one plus one, so nothing comes
/// twice, and what is there all the time comes once (gRFC A14).
package struct EntityPage: Sendable, Equatable {
  /// What is on the page, by id.
  package let refs: [EntityRef]
  /// Whether nothing comes after it.
  package let isLast: Bool

  /// The page of `all` that begins at the id `start` and has `size` entries at most.
  init(of all: some Sequence<EntityRef>, from start: Int64, size: Int) {
    let rest = all.filter { $0.id >= start }.sorted { $0.id < $1.id }
    refs = Array(rest.prefix(size))
    isLast = refs.count == rest.count
  }
}
