import Glibc

/// An input that is read as a list of things to do.
struct Script {
  /// Sizes around the limits at which bytes are packed, split into frames, or have to wait.
  private static let sizes = [
    0, 1, 9, 100, 4095, 4096, 5000, 16_384, 20_000, 70_000, .max,
  ]

  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  /// The next byte; nil at the end.
  mutating func next() -> UInt8? { rest.popFirst() }

  /// The next byte; 0 at the end.
  mutating func number() -> Int { Int(rest.popFirst() ?? 0) }

  /// A limit for something that is done in pieces; at least a byte.
  mutating func limit() -> Int { max(1, Self.sizes[number() % Self.sizes.count]) }

  /// The size of something that is sent.
  mutating func size() -> Int { Self.sizes[number() % (Self.sizes.count - 1)] }
}

/// Bytes that tell by themselves where in a body they belong.
enum Pattern {
  private static let period = 1 << 16
  /// A period and the largest run that is asked for.
  private static let bytes: [UInt8] = {
    var state: UInt32 = 1
    let once = (0..<period).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
    return once + once + once
  }()

  /// So many bytes of the body that is called `salt`, from `position` on.
  static func bytes(_ salt: Int, at position: Int, count: Int) -> [UInt8] {
    let start = start(salt, position)
    return bytes.withUnsafeBytes { [UInt8]($0[start..<start + count]) }
  }

  /// Whether these are the bytes of that body from `position` on.
  static func matches(_ found: UnsafeRawBufferPointer, _ salt: Int, at position: Int) -> Bool {
    guard let first = found.baseAddress else { return true }
    let start = start(salt, position)
    precondition(start + found.count <= bytes.count, "more than is ever sent at once")
    return bytes.withUnsafeBytes { bytes in
      bytes.baseAddress.map { memcmp($0 + start, first, found.count) == 0 } ?? false
    }
  }

  private static func start(_ salt: Int, _ position: Int) -> Int {
    (salt &* 7919 + position) % period
  }
}
