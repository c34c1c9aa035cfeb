import Glibc
import Synchronization

/// The target that the variable `FUZZ_TARGET` names; libFuzzer's own `main` calls the rest.
private let target = Mutex(FuzzTarget.all[0])

/// Chooses the target before the first input.
@_cdecl("LLVMFuzzerInitialize")
func initialize(_ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutableRawPointer) -> Int32
{
  let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let chosen = FuzzTarget.all.first(where: { $0.name == name }) else {
    print("FUZZ_TARGET must be one of:", FuzzTarget.all.map(\.name).joined(separator: " "))
    exit(2)
  }
  target.withLock { $0 = chosen }
  return 0
}

/// Gives the target one input.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  target.withLock { $0 }.run(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}
