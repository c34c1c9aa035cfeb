/// What a call has sent, kept for as long as it may have to be sent again.
struct ReplayBuffer: Sendable {
  private(set) var messages: [WireMessage] = []
  /// Whether nothing follows the messages.
  private(set) var isComplete = false
  private var bytes = 0

  /// Keeps a message unless it would make more than `limit` bytes of payload in all.
  mutating func append(_ message: WireMessage, isLast: Bool, limit: Int) -> Bool {
    guard bytes + message.payloadSize <= limit else { return false }
    bytes += message.payloadSize
    messages.append(message)
    isComplete = isComplete || isLast
    return true
  }

  mutating func complete() { isComplete = true }

  /// Sends everything again; a stream that has ended meanwhile tells its end itself.
  func replay(on stream: any ClientStream) async {
    do throws(RPCError) {
      for message in messages.dropLast() { try await stream.send(message) }
      guard let last = messages.last else { return }
      if isComplete { try await stream.sendLast(last) } else { try await stream.send(last) }
    } catch {
      // Whoever waits for this attempt's answer learns of it there.
    }
  }
}
