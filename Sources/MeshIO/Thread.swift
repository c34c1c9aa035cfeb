import CLinux
import Glibc

/// Threads of the operating system, which end by themselves: nobody joins them.
enum Thread {
  /// Starts a thread; the kernel shows the first 15 bytes of its name.
  ///
  /// - Throws: `IOError.system(.threadCreate)` when the machine has no more.
  static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(IOError) {
    let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
    var native = pthread_t()
    let code = pthread_create(
      &native, nil,
      { argument in
        guard let argument else { return nil }
        let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
        clinux_name_thread(start.name)
        start.body()
        return nil
      }, start.toOpaque())
    guard code == 0 else {
      start.release()
      throw .system(.threadCreate, code: code)
    }
    pthread_detach(native)
  }
}

private final class ThreadStart: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}
