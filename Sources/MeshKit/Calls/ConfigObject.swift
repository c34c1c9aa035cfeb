import MeshAPI
import MeshProto
import MeshRPC

/// A JSON object of a config whose fields are taken one by one; what is left over is not known.
struct ConfigObject {
  /// Where the object stands, for errors; empty for the whole.
  let path: String
  private var fields: [String: GoogleProtobuf.Value]

  init(path: String, _ json: GoogleProtobuf.Struct) {
    self.path = path
    fields = json.fields
  }

  /// The name of the one field; nil when there are none or more.
  var onlyName: String? { fields.count == 1 ? fields.keys.first : nil }

  /// Refuses what nobody has taken.
  func end() throws(ServiceConfigError) {
    guard let name = fields.keys.min() else { return }
    throw ServiceConfigError(place(name), "is not known here")
  }

  func required<Value>(_ value: Value?, _ name: String) throws(ServiceConfigError) -> Value {
    guard let value else { throw ServiceConfigError(place(name), "is missing") }
    return value
  }

  mutating func string(_ name: String) throws(ServiceConfigError) -> String? {
    guard let value = take(name) else { return nil }
    guard case .stringValue(let text) = value else { throw fault(name, "must be a string") }
    return text
  }

  mutating func bool(_ name: String) throws(ServiceConfigError) -> Bool? {
    guard let value = take(name) else { return nil }
    guard case .boolValue(let flag) = value else { throw fault(name, "must be true or false") }
    return flag
  }

  mutating func number(_ name: String) throws(ServiceConfigError) -> Double? {
    guard let value = take(name) else { return nil }
    guard case .numberValue(let number) = value else { throw fault(name, "must be a number") }
    return number
  }

  mutating func integer(_ name: String) throws(ServiceConfigError) -> Int? {
    guard let number = try number(name) else { return nil }
    guard let whole = Int(exactly: number) else { throw fault(name, "must be a whole number") }
    return whole
  }

  /// A whole number within bounds.
  mutating func integer(
    _ name: String, in bounds: ClosedRange<Int>
  ) throws(ServiceConfigError) -> Int? {
    guard let number = try integer(name) else { return nil }
    guard bounds.contains(number) else {
      throw fault(name, "is \(number); must be \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return number
  }

  /// A duration that is no shorter than `least`.
  mutating func duration(
    _ name: String, atLeast least: Duration
  ) throws(ServiceConfigError) -> Duration? {
    guard let duration = try duration(name) else { return nil }
    guard duration >= least else { throw fault(name, "is \(duration); the least is \(least)") }
    return duration
  }

  /// Seconds with up to nine decimals and an `s`; gRFC A6 writes `.1s` too.
  mutating func duration(_ name: String) throws(ServiceConfigError) -> Duration? {
    guard let text = try string(name) else { return nil }
    do throws(ProtoError) {
      let whole = text.hasPrefix(".") ? "0" + text : text
      let parsed = try GoogleProtobuf.Duration(json: "\"\(whole)\"")
      return .seconds(parsed.seconds) + .nanoseconds(Int64(parsed.nanos))
    } catch {
      throw fault(name, "must be a number of seconds with an s, for example \"0.25s\"")
    }
  }

  /// Names or numbers of status codes.
  mutating func codes(_ name: String) throws(ServiceConfigError) -> Set<StatusCode>? {
    guard let values = try list(name) else { return nil }
    var codes: Set<StatusCode> = []
    for (index, value) in values.enumerated() {
      let code: StatusCode?
      switch value.kind {
      case .stringValue(let text): code = StatusCode.allCases.first { $0.name == text }
      case .numberValue(let number): code = Int(exactly: number).flatMap(StatusCode.init(rawValue:))
      default: code = nil
      }
      guard let code else { throw fault("\(name)[\(index)]", "is no status code") }
      codes.insert(code)
    }
    return codes
  }

  mutating func object(_ name: String) throws(ServiceConfigError) -> ConfigObject? {
    guard let value = take(name) else { return nil }
    guard case .structValue(let json) = value else { throw fault(name, "must be an object") }
    return ConfigObject(path: place(name), json)
  }

  mutating func objects(_ name: String) throws(ServiceConfigError) -> [ConfigObject]? {
    guard let values = try list(name) else { return nil }
    var objects: [ConfigObject] = []
    for (index, value) in values.enumerated() {
      guard case .structValue(let json) = value.kind else {
        throw fault("\(name)[\(index)]", "must be an object")
      }
      objects.append(ConfigObject(path: place("\(name)[\(index)]"), json))
    }
    return objects
  }

  private mutating func list(
    _ name: String
  ) throws(ServiceConfigError) -> [GoogleProtobuf.Value]? {
    guard let value = take(name) else { return nil }
    guard case .listValue(let list) = value else { throw fault(name, "must be a list") }
    return list.values
  }

  /// The field's value; null is the same as absent.
  private mutating func take(_ name: String) -> GoogleProtobuf.Value.Kind? {
    guard let value = fields.removeValue(forKey: name)?.kind else { return nil }
    if case .nullValue = value { return nil }
    return value
  }

  private func fault(_ name: String, _ rule: String) -> ServiceConfigError {
    ServiceConfigError(place(name), rule)
  }

  private func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
