/// Stands between a client's calls and their channel, whatever their kind.
///
/// Above retries it sees each call once; beneath them it sees each attempt.
package protocol ClientInterceptor: Sendable {
  /// Opens the call on `next`, perhaps with other options, or refuses it by throwing.
  ///
  /// Answers the stream of `next`, watched through `onEnd`, or one around it.
  func intercept(
    _ method: MethodDescriptor, _ options: CallOptions, _ next: any Channel
  ) async throws(RPCError) -> any ClientStream
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

private struct InterceptedChannel: Channel {
  let interceptor: any ClientInterceptor
  let next: any Channel

  func open(
    _ method: MethodDescriptor, _ options: CallOptions
  ) async throws(RPCError) -> any ClientStream {
    try await interceptor.intercept(method, options, next)
  }
}
