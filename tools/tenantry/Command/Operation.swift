import MeshAPI
import MeshProto

/// A method of the contract as a command: which parts of its request a person fills in.
struct Operation: Sendable {
  let policy: MethodPolicy
  /// The answer is a list.
  let list: ListShape?
  /// The field that is asked for without showing it and never a flag.
  let secret: FieldDescriptor?
  /// The field that makes a repeated call one call.
  let requestID: FieldDescriptor?

  init(_ policy: MethodPolicy) {
    self.policy = policy
    list = ListShape(policy.response)
    secret = policy.request.field(named: "password")
    requestID = policy.request.field(named: "request_id")
  }

  /// The list comes in pages.
  var isPaged: Bool {
    list?.nextPageToken != nil && policy.request.field(named: "page_token") != nil
  }

  /// The request has enough parts to be worth a file or a dialogue.
  var takesFile: Bool { policy.effect != .read && !fieldFlags.isEmpty }

  /// The fields that the command's template names, in its order.
  var positionalFields: [FieldDescriptor] {
    Self.template(policy.cli).fields.compactMap { policy.request.field(named: $0) }
  }

  /// The flags that fill the request's other fields.
  var fieldFlags: [Parameter] {
    let elsewhere = ["page_size", "page_token", "request_id", "password"]
    let positional = positionalFields.map(\.name)
    return policy.request.fields.filter { !(elsewhere + positional).contains($0.name) }.map {
      Parameter(
        $0, of: policy.request, isRequired: policy.reasonRequired && $0.name == "reason")
    }
  }

  /// The command that calls this method.
  var command: Command {
    let summary = policy.summary.isEmpty ? "Calls \(policy.method.method)." : policy.summary
    return Command(
      words: Self.template(policy.cli).words, summary: summary,
      arguments: positionalFields.map {
        Parameter($0, of: policy.request, isRequired: true, isArgument: true)
      },
      flags: fieldFlags + callFlags, action: .call(self))
  }

  /// The words and the fields of `tenants suspend {tenant_id}`.
  static func template(_ cli: String) -> (words: [String], fields: [String]) {
    let parts = cli.split(separator: " ").map(String.init)
    return (
      parts.filter { !$0.hasPrefix("{") },
      parts.filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    )
  }

  private var callFlags: [Parameter] {
    var flags: [Parameter] = []
    if isPaged { flags += Self.pagingFlags }
    if secret != nil { flags.append(Self.passwordFlag) }
    if takesFile { flags += Self.fileFlags }
    if policy.effect == .destroy { flags.append(Self.confirmationFlag) }
    if requestID != nil { flags.append(Self.requestIDFlag) }
    return flags
  }

  private static let pagingFlags = [
    Parameter(
      name: "limit", value: .text("NUMBER"), help: "At most this many. Absent: \(Paging.limit)."),
    Parameter(name: "all", value: .none, help: "All of them, however many."),
    Parameter(
      name: "page-size", value: .text("NUMBER"),
      help: "How many to ask for at once, 1 to \(Paging.pageSizeMax)."),
    Parameter(
      name: "page-token", value: .text("TOKEN"), help: "Go on where an earlier list ended."),
  ]
  private static let passwordFlag = Parameter(
    name: "password-stdin", value: .none,
    help: "Read the password from standard input instead of asking for it.")
  private static let fileFlags = [
    Parameter(
      name: "file", short: "f", value: .text("FILE"),
      help: "The request as JSON, - for standard input; flags change what it says."),
    Parameter(
      name: "interactive", short: "i", value: .none, help: "Ask for everything that is not given."),
  ]
  private static let confirmationFlag = Parameter(
    name: "yes", short: "y", value: .none, help: "Do not ask whether you are sure.")
  private static let requestIDFlag = Parameter(
    name: "request-id", value: .text("UUID"),
    help: "The same id with the same request is answered once and for all. Absent: a new one.")
}
