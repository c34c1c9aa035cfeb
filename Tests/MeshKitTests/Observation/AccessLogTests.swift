import MeshRPC
import Synchronization
import Testing

@testable import MeshKit

@Suite("The access log")
struct AccessLogTests {
  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
    func log(_ threshold: Log.Level) -> Log {
      Log(service: "edge", threshold: threshold) { line in
        self.all.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
      }
    }
  }

  @Test("says who called what, how it ended and how long it took, and nothing else")
  func line() throws {
    let lines = Lines()
    let log = AccessLog(lines.log(.info), level: .info, limit: 10)
    var record = CallRecord(
      path: "/test.Echo/Say", code: .notFound, nanoseconds: 1_234_567, sentBytes: 5,
      receivedBytes: 70, peer: "127.0.0.1:5000")
    record.callerID = "ada"
    record.tenantID = "globex"
    record.requestID = "r-1"
    record.traceID = "t-1"
    log.write(record)
    let line = try #require(lines.all.withLock { $0.first })
    let expected =
      #""message":"call","path":"/test.Echo/Say","status":"NOT_FOUND","duration_us":"1234","#
      + #""sent_bytes":"5","received_bytes":"70","peer":"127.0.0.1:5000","caller":"ada","#
      + #""tenant":"globex","request_id":"r-1","trace_id":"t-1"}"#
    #expect(line.hasSuffix(expected + "\n"))
  }

  @Test("bounds a path that somebody made up")
  func longPath() throws {
    let lines = Lines()
    AccessLog(lines.log(.info), level: .info, limit: 10).write(
      CallRecord(
        path: "/" + String(repeating: "x", count: 8000), code: .unimplemented, nanoseconds: 1,
        sentBytes: 0, receivedBytes: 0, peer: "p"))
    #expect(try #require(lines.all.withLock { $0.first }).utf8.count < 600)
  }

  @Test("is off where its level is not written, or no line is allowed")
  func off() {
    let lines = Lines()
    #expect(!AccessLog(lines.log(.info), level: .debug, limit: 10).isOn)
    #expect(!AccessLog(lines.log(.info), level: .info, limit: 0).isOn)
    #expect(AccessLog(lines.log(.debug), level: .debug, limit: 10).isOn)
  }

  @Test("has so many lines a second, as many again for failures, and counts the rest")
  func budget() {
    let clock = Mutex<Micros>(5_000_000)
    let log = AccessLog(
      Lines().log(.info), level: .info, limit: 3, now: { clock.withLock { $0 } })
    #expect((0..<5).map { _ in log.claim(.ok) } == [true, true, true, false, false])
    #expect((0..<4).map { _ in log.claim(.internal) } == [true, true, true, false])
    #expect(log.skipped == 3)
    clock.withLock { $0 = 6_000_000 }
    #expect(log.claim(.ok))
    #expect(log.skipped == 3)
  }
}
