import MeshHTTP2
import MeshText

/// Sessions that talk to each other, as the input says.
enum ExchangeTargets {
  static let all = [FuzzTarget(name: "exchange", run: run)]

  /// Two clients with a server each, whose sessions share their memory as those of one loop do.
  private static func run(_ bytes: [UInt8]) {
    var script = Script(bytes)
    let memory = SessionMemory()
    let pairs = [ExchangePair(memory), ExchangePair(memory)]
    while let verb = script.next() { pairs[Int(verb & 1)].act(Int(verb >> 1), &script) }
    for pair in pairs { pair.settle() }
  }
}

/// A client and a server; both do only what is allowed, so nothing may ever fail.
private final class ExchangePair {
  private static let request: FieldList = [
    ":method": "POST", ":scheme": "http", ":path": "/a.B/C", ":authority": "mesh",
    "te": "trailers", "content-type": "application/grpc",
  ]
  private static let trailers: FieldList = ["grpc-status": "0", "grpc-message": "fine"]

  private let client: ExchangeEnd
  private let server: ExchangeEnd

  init(_ memory: SessionMemory) {
    client = ExchangeEnd(.client, memory)
    server = ExchangeEnd(.server, memory)
    client.peer = server
    server.peer = client
  }

  func act(_ verb: Int, _ script: inout Script) {
    let end = verb & 1 == 0 ? client : server
    switch verb >> 1 & 15 {
    case 0: client.open(Self.request)
    case 1: client.open(Self.request, bodySize: script.size())
    case 2, 3: if let stream = end.stream(script.number()) { send(stream, script.size()) }
    case 4: if let stream = end.stream(script.number()) { finish(stream, script.number()) }
    case 5: if let stream = server.stream(script.number()) { answer(stream, script.size()) }
    case 6: if let stream = end.stream(script.number()) { stream.reset() }
    case 7: if let stream = end.stream(script.number()) { stream.consume(script.limit()) }
    case 8, 9: end.drain(limit: script.limit())
    case 10, 11: end.deliver(limit: script.limit())
    case 12: end.compact()
    case 13: control(end, &script)
    case 14: _ = pump()
    default: if let stream = server.stream(script.number()) { head(stream, script.number()) }
    }
  }

  private func send(_ stream: ExchangeStream, _ size: Int) {
    if stream.needsHeaders { head(stream, 0) }
    stream.send(size)
  }

  private func finish(_ stream: ExchangeStream, _ choice: Int) {
    if stream.needsHeaders { head(stream, choice) }
    stream.finish(choice & 1 == 0 ? Self.trailers : FieldList())
  }

  private func answer(_ stream: ExchangeStream, _ size: Int) {
    guard stream.needsHeaders else { return }
    stream.answer([":status": "200"], bodySize: size, Self.trailers)
  }

  /// Answers with headers that may be too long for one frame, and may be the whole answer.
  private func head(_ stream: ExchangeStream, _ choice: Int) {
    guard stream.needsHeaders else { return }
    var block: FieldList = [":status": "200"]
    // Which Huffman coding cannot make shorter.
    let length = choice & 2 == 0 ? 1 : 7000
    block.append("long", String(repeating: "\(choice)\\|", count: length), neverIndexed: true)
    stream.submit(block, endStream: choice & 4 != 0)
  }

  private func control(_ end: ExchangeEnd, _ script: inout Script) {
    let session = end.session
    switch script.number() % 5 {
    case 0: session.ping(UInt64(script.number()))
    case 1: session.setLocalWindow(nil, bytes: script.size())
    case 2:
      guard let stream = end.stream(script.number()) else { return }
      session.setLocalWindow(stream.id, bytes: script.size())
    // Servers alone go away: a client that has said so opens no more streams.
    case 3: server.session.shutdownNotice()
    default: server.session.goAway(debug: "enough")
    }
  }

  /// Carries everything both ways; whether there was anything.
  private func pump() -> Bool {
    client.drain(limit: .max)
    server.drain(limit: .max)
    let (asked, answered) = (client.deliver(limit: .max), server.deliver(limit: .max))
    return asked || answered
  }

  /// Ends what is open, and looks whether everything has arrived.
  func settle() {
    repeat {
      for end in [client, server] {
        end.session.setLocalWindow(nil, bytes: 1 << 20)
        for stream in end.open.values {
          end.session.setLocalWindow(stream.id, bytes: 1 << 20)
          stream.consume(.max)
          if stream.needsHeaders { head(stream, 0) }
          stream.finish(Self.trailers)
        }
      }
    } while pump()
    for end in [client, server] {
      require(end.open.isEmpty && end.session.openStreams == 0, "every stream comes to its end")
      require(end.session.bufferedBytes == 0, "nothing is left of streams that have ended")
      end.session.connectionLost(.internalError)
    }
  }
}
