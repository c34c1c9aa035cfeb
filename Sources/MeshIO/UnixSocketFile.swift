import Glibc

/// The file of a listening Unix socket: made private, taken over when stale, removed when it is
/// still ours.
struct UnixSocketFile {
  private let path: String
  private let device: dev_t
  private let inode: ino_t

  /// Binds the socket to the path, readable and writable for our user alone (mode 0600).
  ///
  /// A socket file that nobody listens on, left by a process that was killed, is replaced; anything
  /// else is left alone.
  ///
  /// - Throws: `IOError.addressInUse` when somebody listens or the path is no socket; otherwise
  ///   what bind says.
  init(binding descriptor: Int32, to path: String) throws(IOError) {
    let address = SocketAddress.unix(path)
    // Linux gives the file the mode of the socket, so there is no moment when others could connect.
    guard fchmod(descriptor, 0o600) == 0 else { throw .last(.bind) }
    var code = try Self.bind(descriptor, address)
    if code == EADDRINUSE {
      guard try Self.isStale(path) else { throw .addressInUse(address) }
      guard unlink(path) == 0 || errno == ENOENT else { throw .last(.unlink) }
      code = try Self.bind(descriptor, address)
    }
    guard code != EADDRINUSE else { throw .addressInUse(address) }
    guard code == 0 else { throw IOError(.bind, code: code) }
    var status = stat()
    guard lstat(path, &status) == 0 else { throw .last(.bind) }
    self.path = path
    self.device = status.st_dev
    self.inode = status.st_ino
  }

  /// Removes the file unless it has been replaced since.
  func remove() {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode else {
      return
    }
    unlink(path)
  }

  private static func bind(_ descriptor: Int32, _ address: SocketAddress) throws(IOError) -> Int32 {
    try address.withNative { Glibc.bind(descriptor, $0, $1) == 0 ? 0 : errno }
  }

  /// A socket file that refuses connections has no listener.
  private static func isStale(_ path: String) throws(IOError) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else { return errno == ENOENT }
    guard status.st_mode & S_IFMT == S_IFSOCK else { return false }
    let probe = try SocketOption.open(AF_UNIX)
    let code = try SocketAddress.unix(path).withNative {
      connect(probe.descriptor, $0, $1) == 0 ? 0 : errno
    }
    return code == ECONNREFUSED
  }
}
