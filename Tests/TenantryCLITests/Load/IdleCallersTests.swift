import Synchronization
import Testing

@testable import TenantryCLI

@Suite("Idle callers of a load", .timeLimit(.minutes(1)))
struct IdleCallersTests {
  private let idle = IdleCallers()

  /// Waits until a caller takes the call.
  private func give(_ call: DueCall) async {
    while !idle.give(call) { await Task.yield() }
  }

  @Test("nobody takes a call while nobody waits")
  func nobody() {
    #expect(!idle.give(DueCall(number: 0, intended: 0)))
  }

  @Test("a caller takes one call after the other, and goes home when it is over")
  func oneByOne() async {
    let calls = (0..<3).map { DueCall(number: $0, intended: Int64($0) * 10) }
    async let taken = takeAll()
    for call in calls { await give(call) }
    idle.dismiss()
    #expect(await taken == calls)
  }

  @Test("who comes when it is over is sent home")
  func over() async {
    idle.dismiss()
    #expect(await idle.next() == nil)
  }

  @Test("who waits when it is over is sent home, however many they are")
  func manyWait() async {
    let count = 5
    let home = await withTaskGroup { group in
      for _ in 0..<count { group.addTask { await takeAll() } }
      // All of them have a call behind them, so they wait or are about to.
      for number in 0..<count { await give(DueCall(number: number, intended: 0)) }
      idle.dismiss()
      return await group.reduce(into: 0) { sum, taken in sum += taken.count }
    }
    #expect(home == count)
  }

  private func takeAll() async -> [DueCall] {
    var taken: [DueCall] = []
    while let call = await idle.next() { taken.append(call) }
    return taken
  }
}
