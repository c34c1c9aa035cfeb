import MeshIO
package import MeshTLS
import Synchronization

/// The TLS contexts of a process, kept up to date with their files.
///
/// Connections live on with what they started with; new ones get the new certificates. Files that
/// cannot be used leave the old ones in place.
package final class Certificates: Sendable {
  private let log: Log
  private let contexts = Mutex<[TLSContext]>([])

  /// Keeps none yet; says in `log` what becomes of reloads.
  package init(log: Log) {
    self.log = log
  }

  /// Makes a context whose files are watched from now on.
  package func context(_ configuration: TLSConfiguration) throws(TLSError) -> TLSContext {
    let context = try TLSContext(configuration)
    contexts.withLock { $0.append(context) }
    return context
  }

  /// Reads every file again, as an operator asks for by SIGHUP; how many contexts could.
  @discardableResult
  package func reload() async -> Int {
    await forEach("asked") { context throws(TLSError) in
      try context.reload()
      return true
    }
  }

  /// Reads those files again that have changed; how many contexts have new certificates.
  @discardableResult
  package func reloadChanged() async -> Int {
    await forEach("changed") { context throws(TLSError) in try context.reloadIfChanged() }
  }

  private func forEach(
    _ occasion: String, _ reload: @escaping @Sendable (TLSContext) throws(TLSError) -> Bool
  ) async -> Int {
    var count = 0
    for context in contexts.withLock({ $0 }) {
      let files = context.configuration.files.joined(separator: ", ")
      do {
        guard try await Offload.run({ try reload(context) }) else { continue }
        count += 1
        log(
          .info, "certificates loaded",
          ["files": files, "occasion": occasion, "expires": Self.expiry(of: context)])
      } catch {
        log(
          .error, "certificates not loaded, the old ones stay",
          ["files": files, "cause": "\(error)", "expires": Self.expiry(of: context)])
      }
    }
    return count
  }

  private static func expiry(of context: TLSContext) -> String {
    context.certificateExpiry.map { Timestamps.rfc3339($0 * 1_000_000) } ?? ""
  }
}

/// Looks for certificate files that were replaced.
struct CertificateWatch: Worker {
  let name = "certificate watch"
  let certificates: Certificates

  func runOnce() async throws -> Int { await certificates.reloadChanged() }
}
