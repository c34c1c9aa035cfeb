import CPQ
import Glibc
import MeshIO

extension Connection {
  /// Begins to connect; the owner hears of the outcome, never within this call.
  func start(_ target: ConnectionTarget) {
    phase = .connecting
    connectTimer = loop.schedule(after: config.connectTimeout) { [weak self] in
      guard let self, phase == .connecting else { return }
      close(.unavailable("no connection within \(config.connectTimeout)"))
    }
    guard !target.isResolved else {
      loop.execute { self.begin(target) }
      return
    }
    Task(executorPreference: loop) {
      do {
        let resolved = try await target.resolved()
        self.loop.execute { self.begin(resolved) }
      } catch {
        let reason = "\(error)"
        self.loop.execute { self.close(.unavailable(reason)) }
      }
    }
  }

  private func begin(_ target: ConnectionTarget) {
    guard phase == .connecting else { return }
    let pairs = target.keywords(for: role, of: config)
    var keywords: [UnsafePointer<CChar>?] = pairs.map { UnsafePointer(strdup($0.0)) } + [nil]
    var values: [UnsafePointer<CChar>?] = pairs.map { UnsafePointer(strdup($0.1)) } + [nil]
    defer {
      for string in keywords + values { free(UnsafeMutablePointer(mutating: string)) }
      keywords = []
      values = []
    }
    handle = PQconnectStartParams(keywords, values, 0)
    guard let handle, PQstatus(handle) != CONNECTION_BAD else {
      return close(.unavailable(lastMessage))
    }
    // libpq would write notices to standard error.
    PQsetNoticeReceiver(handle, { _, _ in }, nil)
    wait(for: .write)
  }

  /// Takes the next step of the handshake once the socket is ready.
  func pollConnecting() {
    guard let handle else { return }
    // libpq may close the socket and open another, even one with the same number.
    registration?.cancel()
    registration = nil
    switch PQconnectPoll(handle) {
    case PGRES_POLLING_READING: wait(for: .read)
    case PGRES_POLLING_WRITING: wait(for: .write)
    case PGRES_POLLING_OK: becomeReady(handle)
    default: close(.unavailable(lastMessage))
    }
  }

  private func wait(for interest: Interest) {
    guard let handle else { return }
    do throws(IOError) {
      registration = try loop.register(PQsocket(handle), interest, self)
    } catch {
      close(.unavailable(error.description))
    }
  }

  private func becomeReady(_ handle: OpaquePointer) {
    guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
      return close(.unavailable(lastMessage))
    }
    connectTimer?.cancel()
    connectTimer = nil
    wait(for: .read)
    guard phase == .connecting else { return }
    phase = .ready
    wasReady = true
    owner?.connectionReady(self)
  }
}
