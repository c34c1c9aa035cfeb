import MeshAPI
import MeshCrypto
import MeshKit
import MeshRPC
import MeshText
import Synchronization

/// Who a token belongs to: asked of identity, remembered as long as identity says so.
final class Sessions: Sendable {
  /// One caller, ready for its calls, all of which share it.
  final class Session: Sendable {
    /// What the policy is decided on.
    let caller: Caller
    /// The signed context that goes with every call to a service, in base64.
    let header: [UInt8]
    /// When `header` is minted anew.
    let refreshAt: Micros
    /// When the session must be asked about again.
    let askAt: Micros
    fileprivate let message: IdentityV1.Caller

    fileprivate init(
      caller: Caller, header: [UInt8], refreshAt: Micros, askAt: Micros, message: IdentityV1.Caller
    ) {
      self.caller = caller
      self.header = header
      self.refreshAt = refreshAt
      self.askAt = askAt
      self.message = message
    }
  }

  private struct Key: Hashable {
    let hash: Digest
    let plane: OptionsV1.Plane
    let ip: String
  }

  private struct State {
    var cache: SessionCache<Key, Session>
    var lease = WatchLease()
    /// Rises whenever something is dropped, so that an answer asked for before is not remembered.
    var generation = 0
  }

  private let identity: IdentityV1.SessionServiceClient
  private let signer: CallerSigner
  private let timeout: Duration
  private let now: @Sendable () -> Micros
  private let state: Mutex<State>
  private let hits = Atomic<Int>(0)

  /// Asks `identity`, remembers at most `limit` sessions.
  init(
    identity: IdentityV1.SessionServiceClient, signer: CallerSigner, limit: Int,
    timeout: Duration, now: @escaping @Sendable () -> Micros = Timestamps.now
  ) {
    self.identity = identity
    self.signer = signer
    self.timeout = timeout
    self.now = now
    state = Mutex(State(cache: SessionCache(limit: limit)))
  }

  /// The caller behind a call's token; an anonymous one when there is no token or no session.
  ///
  /// - Throws: `UNAVAILABLE` when identity cannot be asked, and what `beforeAsking` throws, which
  ///   runs where it would have to be.
  func session(
    token: BearerToken?, plane: OptionsV1.Plane, ip: String,
    beforeAsking: () throws -> Void = {}
  ) async throws -> Session {
    guard let token else { return try mint(anonymous(plane, ip), askAt: .max) }
    let key = Key(hash: token.hash, plane: plane, ip: ip)
    if let known = try remembered(key) { return known }
    try beforeAsking()
    let generation = state.withLock { $0.generation }
    var request = IdentityV1.IntrospectRequest()
    request.tokenHash = token.hash.bytes
    request.plane = plane
    let answer = try await identity.introspect(request, .timeout(timeout))
    guard var message = answer.caller, message.kind != .anonymous else {
      return try mint(anonymous(plane, ip), askAt: .max)
    }
    message.ip = ip
    message.plane = plane
    let session = try mint(
      message, askAt: now() + Micros((answer.maxAge?.duration ?? .zero) / .microseconds(1)))
    state.withLock { state in
      guard state.lease.holds(at: .now), state.generation == generation else { return }
      state.cache.insert(
        session, for: key, sessionID: message.sessionID, accountID: message.id)
    }
    return session
  }

  /// What is remembered, with a fresh signature when the old one is half spent.
  private func remembered(_ key: Key) throws -> Session? {
    let now = now()
    let found = state.withLock { state -> Session? in
      guard state.lease.holds(at: .now) else { return nil }
      guard let known = state.cache.value(for: key) else { return nil }
      guard known.askAt > now else {
        state.cache.remove(key)
        return nil
      }
      return known
    }
    guard let found, found.refreshAt <= now else { return found }
    let renewed = try mint(found.message, askAt: found.askAt)
    state.withLock { state in
      guard state.cache.value(for: key) != nil else { return }
      state.cache.insert(
        renewed, for: key, sessionID: found.message.sessionID, accountID: found.message.id)
    }
    return renewed
  }

  private func mint(_ message: IdentityV1.Caller, askAt: Micros) throws -> Session {
    let now = now()
    let header = Array(Base64.encode(try signer.sign(message, now: now), padded: false).utf8)
    guard let caller = Caller(message) else {
      throw Denial.signInFirst
    }
    return Session(
      caller: caller, header: header, refreshAt: now + CallerSigner.lifetime / 2, askAt: askAt,
      message: message)
  }

  private func anonymous(_ plane: OptionsV1.Plane, _ ip: String) -> IdentityV1.Caller {
    var message = IdentityV1.Caller()
    message.kind = .anonymous
    message.plane = plane
    message.ip = ip
    return message
  }

  /// A message of the watch came.
  func apply(_ change: IdentityV1.SessionChange) {
    state.withLock { state in
      state.lease.renew(for: change.lease?.duration ?? .zero, at: .now)
      guard !change.sessionID.isEmpty || !change.accountID.isEmpty else { return }
      state.generation += 1
      if !change.sessionID.isEmpty { state.cache.remove(sessionID: change.sessionID) }
      if !change.accountID.isEmpty { state.cache.remove(accountID: change.accountID) }
    }
  }

  /// The watch is gone: nothing that is remembered may be trusted any more.
  func watchEnded() {
    state.withLock { state in
      state.lease.end()
      state.generation += 1
      state.cache.removeAll()
    }
  }
}
