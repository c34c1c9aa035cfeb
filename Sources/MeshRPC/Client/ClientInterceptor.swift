/// Stands between a client's calls and their channel, whatever their kind.
///
/// Above retries it sees each call once; beneath them it sees each attempt.
package protocol ClientInterceptor: Sendable {
  /// Hears once how a call ended, on whatever thread ends it, so it is quick and waits for nothing.
  typealias Ending = @Sendable (CallEnd) -> Void

  /// A call begins: changes its options, or refuses it by throwing; answers who hears its end.
  func begin(
    _ method: MethodDescriptor, _ options: inout CallOptions
  ) throws(RPCError) -> Ending?
}

extension Channel {
  /// This channel behind `interceptors`; the first in the list is the outermost.
  package func intercepted(by interceptors: [any ClientInterceptor]) -> any Channel {
    var channel: any Channel = self
    for interceptor in interceptors.reversed() {
      channel = InterceptedChannel(interceptor: interceptor, next: channel)
    }
    return channel
  }
}

private final class InterceptedChannel: Channel {
  private let interceptor: any ClientInterceptor
  private let next: any Channel

  init(interceptor: any ClientInterceptor, next: any Channel) {
    self.interceptor = interceptor
    self.next = next
  }

  func open(
    _ method: MethodDescriptor, _ options: CallOptions
  ) async throws(RPCError) -> any ClientStream {
    var options = options
    guard let ending = try interceptor.begin(method, &options) else {
      return try await next.open(method, options)
    }
    do {
      let stream = try await next.open(method, options)
      stream.onEnd(ending)
      return stream
    } catch {
      ending(CallEnd(status: Status(error)))
      throw error
    }
  }

  func exchange(
    _ method: MethodDescriptor, _ request: WireMessage, _ options: CallOptions, untouched: Bool
  ) async -> UnaryOutcome {
    var options = options
    let ending: ClientInterceptor.Ending?
    do {
      ending = try interceptor.begin(method, &options)
    } catch {
      return UnaryOutcome(refused: error)
    }
    let outcome = await next.exchange(method, request, options, untouched: untouched)
    ending?(outcome.end)
    return outcome
  }
}
