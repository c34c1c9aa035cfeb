import Synchronization
import Testing

@testable import MeshKit

@Suite("The log")
struct LogTests {
  @Test("writes one JSON object a line and escapes what would break it")
  func escapes() {
    let written = Mutex<[String]>([])
    let log = Log(service: "tenants", threshold: .info) { line in
      written.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
    }
    log(.debug, "not written")
    log(.warning, "a \"quote\"\n", ["cause": "back\\slash"])
    let lines = written.withLock { $0 }
    #expect(lines.count == 1)
    #expect(
      lines[0].hasSuffix(
        #","level":"warning","service":"tenants","message":"a \"quote\"\u000a","#
          + #""cause":"back\\slash"}"# + "\n"))
  }
}
