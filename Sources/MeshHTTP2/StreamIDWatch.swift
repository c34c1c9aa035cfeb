/// Tells HEADERS for streams that the client skipped or has ended, which are mistakes, from HEADERS
/// for streams that we reset meanwhile.
///
/// The library ignores both kinds; RFC 9113 §5.1 and §5.1.1 want the first kind to end the
/// connection. DATA that it ignores it does not even tell us of.
struct StreamIDWatch {
  /// What HEADERS for a stream that is not open are.
  enum Verdict: Equatable {
    /// Trailers that crossed our reset, or a new stream.
    case late
    /// On a number below one in use that was never opened: PROTOCOL_ERROR.
    case skipped
    /// After END_STREAM or RST_STREAM: STREAM_CLOSED.
    case ended
  }

  private static let maxGaps = 16
  private static let maxEnded = 64

  /// The highest number the client has opened.
  private var highest: Int32 = -1
  /// Numbers that were skipped, oldest first; few clients skip any.
  private var gaps: [ClosedRange<Int32>] = []
  /// Streams that the client has ended or reset, in a ring.
  private var ended: [Int32] = []
  private var nextEnded = 0

  /// Notes that the client has opened this stream.
  mutating func opened(_ stream: StreamID) {
    let id = stream.rawValue
    guard id > highest else { return }
    if id > highest + 2 {
      if gaps.count == Self.maxGaps { gaps.removeFirst() }
      gaps.append(highest + 1...id - 1)
    }
    highest = id
  }

  /// Notes that this stream is over, the client having ended its side or reset it.
  mutating func endedByPeer(_ stream: StreamID) {
    if ended.count < Self.maxEnded {
      ended.append(stream.rawValue)
    } else {
      ended[nextEnded] = stream.rawValue
      nextEnded = (nextEnded + 1) % Self.maxEnded
    }
  }

  /// Judges HEADERS for a stream that is not in the table.
  func judge(_ id: Int32) -> Verdict {
    guard id <= highest else { return .late }
    if gaps.contains(where: { $0.contains(id) }) { return .skipped }
    return ended.contains(id) ? .ended : .late
  }
}
