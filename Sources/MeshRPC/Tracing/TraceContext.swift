/// Where a call stands in a trace: what `traceparent` and `tracestate` carry
/// (W3C Trace Context, level 1).
package struct TraceContext: Sendable, Equatable {
  /// The context of the running task; calls that it makes are children of it.
  @TaskLocal package static var current: TraceContext?

  /// The header that carries trace, parent and flags.
  package static let parentHeader = "traceparent"
  /// The header that carries what other systems keep of the trace.
  package static let stateHeader = "tracestate"

  /// The trace's id; not zero.
  package let traceID: TraceID
  /// The span that children name as their parent; not zero.
  package var spanID: UInt64
  /// Somebody records this trace.
  package var isSampled: Bool
  /// `tracestate`, passed on as it came; empty for none.
  package var state: String

  /// Describes a place in a trace.
  package init(traceID: TraceID, spanID: UInt64, isSampled: Bool, state: String = "") {
    self.traceID = traceID
    self.spanID = spanID
    self.isSampled = isSampled
    self.state = state
  }

  /// Reads `traceparent`; nil unless it is exactly in the form of its version ("Version Format").
  ///
  /// Of a later version the known part is read; version `ff` is none.
  package init?(parent: String, state: String = "") {
    let bytes = Array(parent.utf8)
    let dash = UInt8(ascii: "-")
    guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
      let version = HexText.number(bytes[0..<2]), version != 0xFF,
      let high = HexText.number(bytes[3..<19]), let low = HexText.number(bytes[19..<35]),
      let span = HexText.number(bytes[36..<52]), let flags = HexText.number(bytes[53..<55])
    else { return nil }
    guard bytes.count == 55 || (version > 0 && bytes[55] == dash) else { return nil }
    guard high != 0 || low != 0, span != 0 else { return nil }
    self.init(
      traceID: TraceID(high: high, low: low), spanID: span, isSampled: flags & 1 == 1,
      state: state)
  }

  /// Reads the headers of a call; nil when they name no trace.
  package init?(_ metadata: Metadata) {
    guard let parent = metadata.first(Self.parentHeader) else { return nil }
    self.init(
      parent: parent, state: TraceState.joined(Self.stateLines(metadata)) ?? "")
  }

  private static func stateLines(_ metadata: Metadata) -> [String] {
    metadata.pairs.compactMap { pair in
      guard pair.name == stateHeader, case .string(let line) = pair.value else { return nil }
      return line
    }
  }

  /// `traceparent`, version 00.
  package var parent: String {
    "00-\(traceID)-\(HexText.text(spanID))-\(isSampled ? "01" : "00")"
  }

  /// Puts the context into a call's headers, in place of any that is there.
  package func write(to metadata: inout Metadata) {
    metadata = metadata.filtered(room: 128) { $0 != Self.parentHeader && $0 != Self.stateHeader }
    metadata.add(parent, for: Self.parentHeader, neverIndexed: true)
    if !state.isEmpty { metadata.add(state, for: Self.stateHeader) }
  }
}

/// A trace's id, sixteen bytes.
package struct TraceID: Sendable, Hashable, CustomStringConvertible {
  /// The first eight bytes.
  package let high: UInt64
  /// The last eight bytes.
  package let low: UInt64

  /// Makes an id; not both may be zero.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// 32 lower-case hexadecimal digits.
  package var description: String { HexText.text(high) + HexText.text(low) }

  /// The sixteen bytes.
  package var bytes: [UInt8] { HexText.bytes(high) + HexText.bytes(low) }
}

/// `tracestate`: a list of members that systems on the way keep for themselves.
package enum TraceState {
  /// The longest list that is passed on, in bytes ("Combined Header Value").
  package static let sizeLimit = 512
  /// The most members that are passed on ("List").
  package static let memberLimit = 32

  /// The list of all the header's lines; nil when it is too large or no such list, which is
  /// dropped as a whole.
  package static func joined(_ lines: [String]) -> String? {
    guard !lines.isEmpty, lines.reduce(0, { $0 + $1.utf8.count }) <= sizeLimit else { return nil }
    let members = lines.flatMap { $0.split(separator: ",") }
      .map(trimmed).filter { !$0.isEmpty }
    guard members.count <= memberLimit, members.allSatisfy(isMember) else { return nil }
    let list = members.joined(separator: ",")
    return list.utf8.count <= sizeLimit ? list : nil
  }

  private static func trimmed(_ member: Substring) -> Substring {
    var member = member.drop { $0 == " " || $0 == "\t" }
    while let last = member.last, last == " " || last == "\t" { member.removeLast() }
    return member
  }

  /// `key=value`: printable, without a second `=` in it.
  private static func isMember(_ member: Substring) -> Bool {
    let parts = member.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return false }
    let isKey = parts[0].utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"),
        UInt8(ascii: "@"):
        true
      default: false
      }
    }
    return isKey && parts[1].utf8.allSatisfy { (0x20...0x7E).contains($0) }
  }
}

/// Numbers in lower-case hexadecimal digits, the only form that the header allows.
private enum HexText {
  static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var number: UInt64 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"):
        number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return number
  }

  static func text(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  static func bytes(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
  }
}
