/// The head of an HTTP/1 request, as far as a responder to `GET` needs it (RFC 9112, section 3).
enum HTTP1Head: Equatable {
  /// The head has not ended yet.
  case incomplete
  /// Whoever asks for `path` waits for an answer; without its body if `isHead`.
  case request(path: String, isHead: Bool)
  /// The answer is this status and the connection's end.
  case refused(Int)

  /// Reads what has arrived; a head of more than `limit` bytes is refused.
  init(_ bytes: [UInt8], limit: Int) {
    guard let end = Self.end(of: bytes.prefix(limit)) else {
      self = bytes.count < limit ? .incomplete : .refused(431)
      return
    }
    let line = bytes[..<end].prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
    let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard words.count == 3, !words[0].isEmpty, words[1].first == UInt8(ascii: "/"),
      words[1].allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      self = .refused(400)
      return
    }
    guard words[2].elementsEqual("HTTP/1.1".utf8) || words[2].elementsEqual("HTTP/1.0".utf8) else {
      self = .refused(505)
      return
    }
    let isHead = words[0].elementsEqual("HEAD".utf8)
    guard isHead || words[0].elementsEqual("GET".utf8) else {
      self = .refused(405)
      return
    }
    let path = words[1].prefix { $0 != UInt8(ascii: "?") }
    self = .request(path: String(decoding: path, as: UTF8.self), isHead: isHead)
  }

  /// Behind the empty line that ends the head.
  private static func end(of bytes: ArraySlice<UInt8>) -> Int? {
    let pattern: [UInt8] = [13, 10, 13, 10]
    guard bytes.count >= pattern.count else { return nil }
    return (0...bytes.count - pattern.count).first { start in
      bytes[start..<start + pattern.count].elementsEqual(pattern)
    }
  }
}
