import MeshHTTP2
import MeshIO
import MeshRPC

/// The receiving half of a stream of either role: cuts DATA into messages and opens the window as
/// fast as the reader reads.
///
/// A message's bytes are given back when the reader takes it. The bytes of an unfinished message
/// are given back at once when nothing else waits: the reader is ready for it, and it may be larger
/// than the window. So at most one message and one window wait in memory.
///
/// Thread: state is the loop's.
class MessageReceiver: InboundSource, @unchecked Sendable {
  let messageLimit: Int
  /// What has arrived and was not read.
  let inbound = InboundMessages()
  private var deframer: MessageDeframer
  private var partialCount = 0
  /// Bytes of the message that is taken next which were given back before.
  private var advance = 0
  private var isFeeding = false
  /// Whether anything has come since `hasStalled` last looked.
  private var hasMoved = false

  init(messageLimit: Int) {
    self.messageLimit = messageLimit
    deframer = MessageDeframer(limit: messageLimit)
    inbound.report(to: self)
  }

  /// The loop of the connection.
  var loop: EventLoop { preconditionFailure("each role has a connection of its own") }

  /// Gives `count` bytes of the window back.
  func consume(_ count: Int) { preconditionFailure("each role gives back its own way") }

  /// The message is larger than allowed.
  func fail(_ error: RPCError) { preconditionFailure("each role fails its own way") }

  /// Messages have come.
  func received(messages count: Int) {}

  /// Bytes of the unfinished message have come or gone; so many are there now.
  func unfinishedChanged(by change: Int, to count: Int) {}

  /// The peer compresses its compressed messages so.
  ///
  /// Messages are unpacked by whoever takes them and on their task: a proxy takes them as they are.
  func decode(_ encoding: MessageEncoding) {
    guard encoding != .identity else { return }
    inbound.decode(encoding) { [weak self, messageLimit] message throws(RPCError) in
      do throws(RPCError) {
        return try await message.decompressed(encoding, limit: messageLimit)
      } catch {
        self?.failFromAnywhere(error)
        throw error
      }
    }
  }

  private func failFromAnywhere(_ error: RPCError) {
    guard loop.isCurrent else { return loop.execute { [self] in fail(error) } }
    fail(error)
  }

  /// The reader's task was cancelled while it waited; on any thread.
  func readerCancelled() {}

  /// Takes bytes of the stream.
  func receive(_ bytes: UnsafeRawBufferPointer) {
    isFeeding = true
    hasMoved = true
    var count = 0
    do throws(MessageDeframer.Fault) {
      try deframer.feed(bytes) {
        count += 1
        inbound.deliver($0)
      }
      setPartialCount(deframer.partialCount)
    } catch {
      fail(rpcError(error))
    }
    isFeeding = false
    if count > 0 { received(messages: count) }
    consumePartial()
  }

  private func rpcError(_ fault: MessageDeframer.Fault) -> RPCError {
    switch fault {
    case .tooLarge(let size):
      RPCError(
        .resourceExhausted, "the message has \(size) bytes; the limit is \(messageLimit)")
    case .unknownFlags(let flags):
      RPCError(.internal, "the message has flags \(flags), and there are only 0 and 1")
    }
  }

  /// Whether the stream, which has ended, ended within a message.
  var endedWithinMessage: Bool { partialCount > 0 }

  /// Whether an unfinished message has stood still since the last look though there is room for it.
  func hasStalled() -> Bool {
    defer { hasMoved = false }
    return partialCount > 0 && inbound.isEmpty && !hasMoved
  }

  /// Nothing more comes: what is unfinished is dropped.
  func endReceiving() {
    guard partialCount > 0 else { return }
    deframer = MessageDeframer(limit: messageLimit)
    setPartialCount(0)
  }

  private func setPartialCount(_ count: Int) {
    let change = count - partialCount
    partialCount = count
    if change != 0 { unfinishedChanged(by: change, to: count) }
  }

  func taken(_ size: Int) {
    guard loop.isCurrent else { return loop.execute { [self] in taken(size) } }
    consume(size - advance)
    advance = 0
    // While bytes are being fed the count is of before; `receive` looks again.
    if !isFeeding { consumePartial() }
  }

  private func consumePartial() {
    guard partialCount > advance, inbound.isEmpty else { return }
    consume(partialCount - advance)
    advance = partialCount
  }
}
