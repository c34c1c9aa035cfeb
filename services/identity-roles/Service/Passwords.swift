import MeshCrypto
import MeshKit
import MeshRPC
import Synchronization

/// Hashes passwords and checks them, off the loop and not too many at once.
///
/// Each takes a third of a second and 128 MiB with the standard parameters, so a queue of them is
/// the cheapest way to keep everybody from signing in: beyond the limit, callers are sent away.
struct Passwords: Sendable {
  private let parameters: ScryptParameters
  private let queue: Queue
  private let decoy: String

  /// Hashes with `parameters`; at most `limit` callers wait or are served.
  init(parameters: ScryptParameters, limit: Int) {
    self.parameters = parameters
    queue = Queue(limit: limit)
    let (salt, hash) = (String(repeating: "A", count: 22), String(repeating: "A", count: 43))
    let costs = "ln=\(parameters.logN),r=\(parameters.r),p=\(parameters.p)"
    decoy = "$scrypt$\(costs)$\(salt)$\(hash)"
  }

  /// The hash to store for a new password.
  func hash(_ password: String) async throws -> String {
    let parameters = parameters
    return try await queue.run { try PasswordHash.scrypt(password, parameters: parameters).encoded }
  }

  /// Whether `password` is the one behind `encoded`; without one, the same work for nothing.
  func isRight(_ password: String, for encoded: String?) async throws -> Bool {
    guard password.utf8.count <= PasswordPolicy.byteLimit else { return false }
    let decoy = decoy
    return try await queue.run {
      let matches = try PasswordHash(encoded: encoded ?? decoy).isValid(for: password)
      return encoded != nil && matches
    }
  }

  /// Whether a hash was made with other parameters than today's.
  func isOutdated(_ encoded: String) -> Bool {
    // One that cannot be read is as outdated as can be.
    (try? PasswordHash(encoded: encoded))?.needsRehash(for: parameters) ?? true
  }

  /// Counts who waits or is served.
  private final class Queue: Sendable {
    private let limit: Int
    private let count = Mutex(0)

    init(limit: Int) {
      self.limit = limit
    }

    func run<Value: Sendable>(
      _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
      let isAdmitted = count.withLock { count in
        guard count < limit else { return false }
        count += 1
        return true
      }
      guard isAdmitted else {
        throw RPCErrors.refusal(
          .resourceExhausted, reason: "SIGN_IN_BUSY", "too many sign-ins at once; try again")
      }
      defer { count.withLock { $0 -= 1 } }
      return try await Offload.run(work)
    }
  }
}
