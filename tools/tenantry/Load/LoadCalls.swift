import MeshAPI
import MeshProto
import MeshRPC
import MeshText

/// Reads which calls a load is made of.
///
/// A file has a line for each kind of call: its weight, its method as `service/Method`, and its
/// request, which is JSON for methods that we know, or `base64:` and the encoded message for any.
/// Without a request an empty message is sent. Empty lines and lines that begin with `#` are
/// skipped.
enum LoadCalls {
  /// The largest file, in bytes.
  static let fileLimit = 16 << 20

  /// The calls of `--calls`, or the one of `--method` and `--data`.
  static func read(_ line: Line) throws(Failure) -> CallMix {
    switch (line.text("calls"), line.text("method")) {
    case (let path?, nil):
      guard line.text("data") == nil else {
        throw .usage("--data goes with --method; in a file each line has its own")
      }
      let text = String(decoding: try LocalFile.read(path, limit: fileLimit), as: UTF8.self)
      return try parse(text, from: path)
    case (nil, let method?):
      return CallMix([try call(method, line.text("data") ?? "", weight: 1, at: "--method")])
    default:
      throw .usage("load needs --method or --calls, and not both")
    }
  }

  /// The calls of a file's text.
  static func parse(_ text: String, from path: String) throws(Failure) -> CallMix {
    var calls: [LoadCall] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let words = line.split(maxSplits: 2) { $0 == " " || $0 == "\t" || $0 == "\r" }
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      let place = "\(path):\(index + 1)"
      guard let weight = Int(first), (1...CallMix.weightLimit).contains(weight), words.count > 1
      else {
        throw .usage(
          "\(place): a line is a weight from 1 to \(CallMix.weightLimit), a method and a request")
      }
      let request = words.count > 2 ? String(words[2]) : ""
      calls.append(try call(String(words[1]), request, weight: weight, at: place))
    }
    guard !calls.isEmpty else { throw .usage("\(path) names no calls") }
    guard calls.count <= CallMix.kindLimit else {
      throw .usage("\(path) has \(calls.count) kinds of calls; the limit is \(CallMix.kindLimit)")
    }
    return CallMix(calls)
  }

  private static func call(
    _ name: String, _ request: String, weight: Int, at place: String
  ) throws(Failure) -> LoadCall {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw .usage("\(place): a method is written as service/Method, not \"\(name)\"")
    }
    let known = known["/\(name)"]
    let method =
      known?.method
      ?? MethodDescriptor(service: String(parts[0]), method: String(parts[1]), kind: .unary)
    guard method.kind == .unary else {
      throw .usage("\(place): \(name) streams; a load is made of unary calls")
    }
    return LoadCall(
      method: method, weight: weight,
      message: WireMessage(payload: try payload(request, known?.request, of: name, at: place)))
  }

  private static func payload(
    _ request: String, _ type: MessageDescriptor?, of name: String, at place: String
  ) throws(Failure) -> [UInt8] {
    if request.isEmpty { return [] }
    if request.hasPrefix("base64:") {
      guard let bytes = Base64.decode(String(request.dropFirst("base64:".count))) else {
        throw .usage("\(place): the request is not base64")
      }
      return bytes
    }
    guard let type else {
      throw .usage(
        "\(place): \(name) is not in our contract, so its request cannot be JSON",
        notes: ["give the encoded message: base64:CgR0ZXN0"])
    }
    do {
      return try RequestDraft.bytes(request, type)
    } catch {
      throw .usage("\(place): \(error)")
    }
  }

  /// Methods whose messages are known.
  private static let known: [String: (method: MethodDescriptor, request: MessageDescriptor)] = {
    var known: [String: (method: MethodDescriptor, request: MessageDescriptor)] = [:]
    for policy in PolicyTable.all { known[policy.method.path] = (policy.method, policy.request) }
    let check = GrpcHealthV1.HealthMethods.check
    known[check.path] = (check, GrpcHealthV1.HealthCheckRequest.descriptor)
    return known
  }()
}
