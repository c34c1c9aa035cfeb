/// A call's failure: what a handler throws and what a client catches.
///
/// The message goes to the caller: it names the field and the rule, never an internal.
/// One reference in size, because every call that may throw it has to keep room for it.
package struct RPCError: Error, Sendable {
  private struct Content: Equatable {
    var code: StatusCode
    var message: String
    var details: [UInt8]
    var trailers: Metadata
    var reach: CallReach
  }

  private final class Box: Sendable {
    let content: Content

    init(_ content: Content) {
      self.content = content
    }
  }

  private var box: Box

  /// Makes an error; `code` must not be `.ok`.
  package init(
    _ code: StatusCode, _ message: String, details: [UInt8] = [], trailers: Metadata = [:],
    reach: CallReach = .handler
  ) {
    precondition(code != .ok, "an error cannot be ok")
    box = Box(
      Content(code: code, message: message, details: details, trailers: trailers, reach: reach))
  }

  /// Never `.ok`.
  package var code: StatusCode { box.content.code }

  /// Text for the caller, lower case, without a full stop.
  package var message: String { box.content.message }

  /// The bytes of a `google.rpc.Status` for `grpc-status-details-bin`; empty for no details.
  package var details: [UInt8] {
    get { box.content.details }
    set { change { $0.details = newValue } }
  }

  /// What travels in the trailers beside the status.
  package var trailers: Metadata {
    get { box.content.trailers }
    set { change { $0.trailers = newValue } }
  }

  /// How far the call came; only a client's transport says less than `.handler`.
  package var reach: CallReach {
    get { box.content.reach }
    set { change { $0.reach = newValue } }
  }

  /// Whether the server has certainly not worked on the call.
  package var isUnprocessed: Bool { reach != .handler }

  private mutating func change(_ body: (inout Content) -> Void) {
    var content = box.content
    body(&content)
    box = Box(content)
  }
}

extension RPCError: Equatable {
  /// Whether both say the same.
  package static func == (left: RPCError, right: RPCError) -> Bool {
    left.box.content == right.box.content
  }
}

extension RPCError: CustomStringConvertible {
  /// The code's name and the message.
  package var description: String { "\(code.name): \(message)" }
}

/// An error that knows how it looks to a caller.
///
/// Whatever does not adopt it reaches the caller as `INTERNAL`, "internal error".
package protocol RPCErrorConvertible: Error {
  /// What the caller is told.
  var rpcError: RPCError { get }
}

extension RPCError: RPCErrorConvertible {
  /// The error itself.
  package var rpcError: RPCError { self }
}

extension RPCError {
  /// What the caller is told about any error that a handler throws.
  package init(thrown error: any Error) {
    switch error {
    case let known as any RPCErrorConvertible: self = known.rpcError
    case is CancellationError: self.init(.cancelled, "the call was cancelled")
    default: self.init(.internal, "internal error")
    }
  }
}
