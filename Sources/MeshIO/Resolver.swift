import Glibc

/// Looks host names up.
package enum Resolver {
  /// The addresses of the host, best first (RFC 6724), each once.
  ///
  /// IP addresses, bracketed or not, are read at once; names go to `getaddrinfo` off the loop,
  /// which may take as long as the machine's resolver is configured to try.
  ///
  /// - Throws: `IOError.unresolved`; what ``Offload/run(_:)`` throws.
  package static func resolve(host: String, port: UInt16) async throws -> [SocketAddress] {
    let bare =
      host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    if let address = SocketAddress(literal: bare, port: port) { return [address] }
    guard !host.isEmpty, !host.utf8.contains(0) else {
      throw IOError.unresolved(host: host, reason: "not a host name")
    }
    return try await Offload.run { try lookUp(host, port) }
  }

  private static func lookUp(_ host: String, _ port: UInt16) throws(IOError) -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &list)
    guard code == 0 else {
      let reason = code == EAI_SYSTEM ? "resolver failed" : String(cString: gai_strerror(code))
      throw .unresolved(host: host, reason: reason)
    }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var entry = list
    while let info = entry?.pointee {
      if let address = decode(info)?.withPort(port), !addresses.contains(address) {
        addresses.append(address)
      }
      entry = info.ai_next
    }
    guard !addresses.isEmpty else { throw .unresolved(host: host, reason: "no address") }
    return addresses
  }

  private static func decode(_ info: addrinfo) -> SocketAddress? {
    guard let native = info.ai_addr, info.ai_addrlen <= MemoryLayout<sockaddr_storage>.size else {
      return nil
    }
    var storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) { bytes in
      bytes.copyMemory(from: UnsafeRawBufferPointer(start: native, count: Int(info.ai_addrlen)))
    }
    return SocketAddress(storage, length: info.ai_addrlen)
  }
}
