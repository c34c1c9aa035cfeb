package import MeshIO

/// What one connection has carried.
package struct SocketCounts: Sendable, Equatable {
  /// Its streams; one ends well that its server has ended, whatever the status.
  package internal(set) var streams = CallCounts()
  /// gRPC messages that were sent.
  package private(set) var messagesSent = 0
  /// gRPC messages that have come.
  package private(set) var messagesReceived = 0
  /// Keepalive PINGs that were sent.
  package internal(set) var keepalivesSent = 0
  /// When the last message was sent; nil before the first.
  package private(set) var lastMessageSent: MonotonicTime?
  /// When the last message came; nil before the first.
  package private(set) var lastMessageReceived: MonotonicTime?

  /// Counts from nothing.
  package init() {}

  /// A message was handed to the session.
  mutating func sentMessage(at now: MonotonicTime) {
    messagesSent &+= 1
    lastMessageSent = now
  }

  /// So many messages have come.
  mutating func receivedMessages(_ count: Int, at now: MonotonicTime) {
    messagesReceived &+= count
    lastMessageReceived = now
  }
}
