/// What a call of one response brought that has ended well.
package struct UnaryAnswer: Sendable {
  /// The one response.
  package let message: WireMessage
  /// The answer's headers.
  package let headers: Metadata
  /// The answer's trailers.
  package let trailers: Metadata
  /// How the answer's compressed messages are compressed.
  package let encoding: MessageEncoding

  /// Describes an answer.
  package init(
    message: WireMessage, headers: Metadata, trailers: Metadata, encoding: MessageEncoding
  ) {
    self.message = message
    self.headers = headers
    self.trailers = trailers
    self.encoding = encoding
  }
}

/// How a call of one request and one response went, well or not.
package struct UnaryOutcome: Sendable {
  /// What it brought; nil exactly when `end` is a failure.
  package let answer: UnaryAnswer?
  /// How it ended and what it carried.
  package internal(set) var end: CallEnd
  /// Whether the call was made; otherwise the channel refused it, having tried what it could, so
  /// that asking again at once is vain.
  package let wasMade: Bool

  /// A call that was answered and carried so many bytes of payload.
  package init(_ answer: UnaryAnswer, sentBytes: Int, receivedBytes: Int) {
    self.answer = answer
    wasMade = true
    end = CallEnd(
      status: .ok(trailers: answer.trailers), hadHeaders: true, sentBytes: sentBytes,
      receivedBytes: receivedBytes)
  }

  /// A call that ended so, which is not well.
  package init(failed end: CallEnd) {
    precondition(end.status.code != .ok, "a call that ends well has an answer")
    answer = nil
    wasMade = true
    self.end = end
  }

  /// A call that the channel refused.
  package init(refused error: RPCError) {
    answer = nil
    wasMade = false
    end = CallEnd(status: Status(error))
  }
}

extension Channel {
  /// Sends one request and answers the one response; throws the call's failure.
  ///
  /// What no handler has seen is sent again: at once, and once when the server's transport turned
  /// it away (gRFC A6, "Transparent Retries"). With `untouched` both messages pass as they are, for
  /// a proxy; otherwise `options.encoding` packs the request, and the response comes unpacked.
  package func unary(
    _ method: MethodDescriptor, _ request: WireMessage, _ options: CallOptions,
    untouched: Bool = false
  ) async throws(RPCError) -> UnaryAnswer {
    var transparent = TransparentRetry()
    while true {
      let outcome =
        if untouched || options.encoding == .identity {
          await exchange(method, request, options, untouched: untouched)
        } else {
          await packed(method, request, options)
        }
      if let answer = outcome.answer { return answer }
      guard let error = outcome.end.status.error else {
        preconditionFailure("a call without an answer has failed")
      }
      guard outcome.wasMade, transparent.allows(error.reach), !Task.isCancelled else { throw error }
      if let deadline = options.deadline, deadline.remaining <= .zero { throw error }
    }
  }

  /// Opens a call, packs the request as the call's transport does, and waits for the answer.
  private func packed(
    _ method: MethodDescriptor, _ request: WireMessage, _ options: CallOptions
  ) async -> UnaryOutcome {
    let stream: any ClientStream
    do {
      stream = try await open(method, options)
    } catch {
      return UnaryOutcome(refused: error)
    }
    let message: WireMessage
    do {
      message = try await stream.encoded(request)
    } catch {
      // Nobody else would end the call.
      stream.cancel()
      return UnaryOutcome(failed: CallEnd(status: Status(error)))
    }
    return await stream.exchange(message, untouched: false)
  }

  /// As the protocol says, by a stream.
  package func exchange(
    _ method: MethodDescriptor, _ request: WireMessage, _ options: CallOptions, untouched: Bool
  ) async -> UnaryOutcome {
    do {
      return try await open(method, options).exchange(request, untouched: untouched)
    } catch {
      return UnaryOutcome(refused: error)
    }
  }
}

extension ClientStream {
  /// Sends the one request as it is, and waits for the one response and the call's end.
  func exchange(_ request: WireMessage, untouched: Bool) async -> UnaryOutcome {
    do throws(RPCError) {
      try await sendLast(request)
      let answer = try await answer(untouched: untouched)
      let end = await end()
      return UnaryOutcome(answer, sentBytes: end.sentBytes, receivedBytes: end.receivedBytes)
    } catch {
      // What could not be sent, or is no answer, has not ended the call by itself.
      cancel()
      var end = await end()
      end.status = Status(error)
      return UnaryOutcome(failed: end)
    }
  }

  /// How the call ended, once it has.
  private func end() async -> CallEnd {
    await withCheckedContinuation { waiter in onEnd { waiter.resume(returning: $0) } }
  }
}
