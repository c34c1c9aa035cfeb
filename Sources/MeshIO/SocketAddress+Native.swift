import Glibc

extension SocketAddress {
  /// `AF_INET`, `AF_INET6` or `AF_UNIX`.
  var family: Int32 {
    switch self {
    case .ipv4: AF_INET
    case .ipv6: AF_INET6
    case .unix: AF_UNIX
    }
  }

  /// Calls the body with the address as the kernel wants it.
  ///
  /// - Throws: `IOError.invalidAddress` for a path that is too long.
  func withNative<Result>(
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) throws(IOError) -> Result {
    switch self {
    case .ipv4(let host, let port):
      var native = sockaddr_in()
      native.sin_family = sa_family_t(AF_INET)
      native.sin_port = port.bigEndian
      native.sin_addr.s_addr = host.bigEndian
      return Self.pass(&native, body)
    case .ipv6(let high, let low, let scope, let port):
      var native = sockaddr_in6()
      native.sin6_family = sa_family_t(AF_INET6)
      native.sin6_port = port.bigEndian
      native.sin6_scope_id = scope
      withUnsafeMutableBytes(of: &native.sin6_addr) { bytes in
        bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
        bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
      }
      return Self.pass(&native, body)
    case .unix(let path):
      guard path.utf8.count <= Self.pathBytesMax else { throw .invalidAddress("unix:\(path)") }
      var native = sockaddr_un()
      native.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &native.sun_path) { $0.copyBytes(from: path.utf8) }
      return Self.pass(&native, body)
    }
  }

  /// The address that the kernel has written; nil for a family that we do not speak.
  ///
  /// An IPv4 peer of a socket that serves both families comes as `::ffff:a.b.c.d` and is told as
  /// IPv4.
  init?(_ storage: sockaddr_storage, length: socklen_t) {
    let address: SocketAddress? = withUnsafeBytes(of: storage) { bytes in
      switch Int32(storage.ss_family) {
      case AF_INET: Self.decodeIPv4(bytes.loadUnaligned(as: sockaddr_in.self))
      case AF_INET6: Self.decodeIPv6(bytes.loadUnaligned(as: sockaddr_in6.self))
      case AF_UNIX: Self.decodeUnix(bytes.prefix(Int(length)))
      default: nil
      }
    }
    guard let address else { return nil }
    self = address
  }

  private static func pass<Native, Result>(
    _ native: inout Native, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafeBytes(of: &native) { bytes in
      // Bound to nothing else while the body runs; every sockaddr begins alike.
      bytes.withMemoryRebound(to: sockaddr.self) { start in
        guard let first = start.baseAddress else { preconditionFailure("an address has bytes") }
        return body(first, socklen_t(MemoryLayout<Native>.size))
      }
    }
  }

  private static func decodeIPv4(_ native: sockaddr_in) -> SocketAddress {
    .ipv4(UInt32(bigEndian: native.sin_addr.s_addr), port: UInt16(bigEndian: native.sin_port))
  }

  private static func decodeIPv6(_ native: sockaddr_in6) -> SocketAddress {
    let (high, low) = halves(of: native.sin6_addr)
    let port = UInt16(bigEndian: native.sin6_port)
    if high == 0, low >> 32 == 0xffff { return .ipv4(UInt32(truncatingIfNeeded: low), port: port) }
    return .ipv6(high: high, low: low, scope: native.sin6_scope_id, port: port)
  }

  private static func decodeUnix(_ bytes: Slice<UnsafeRawBufferPointer>) -> SocketAddress {
    let path = bytes.dropFirst(MemoryLayout<sa_family_t>.size).prefix { $0 != 0 }
    return .unix(path.isEmpty ? "" : String(decoding: path, as: UTF8.self))
  }
}
