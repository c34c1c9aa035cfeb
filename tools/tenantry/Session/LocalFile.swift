import Glibc

/// Small files of the person's own.
enum LocalFile {
  /// The whole file; throws where it cannot be read or is longer than `limit` bytes.
  static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("read", path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("read", path) }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      guard bytes.count <= limit else {
        throw Failure(.failure, "\(path) is longer than \(limit) bytes")
      }
    }
  }

  /// Makes a folder that nobody else may enter, and those above it.
  static func makeFolder(_ path: String) throws(Failure) {
    if access(path, F_OK) == 0 { return }
    if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      try makeFolder(String(path[..<slash]))
    }
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("make", path) }
  }

  /// Puts `bytes` in the place of the file, readable by its owner alone.
  ///
  /// It is written beside and renamed, so that nobody ever reads half of it.
  static func replace(_ path: String, with bytes: [UInt8]) throws(Failure) {
    let beside = "\(path).\(getpid()).new"
    unlink(beside)
    let descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("write", path) }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let failure = failure("write", path)
        unlink(beside)
        throw failure
      }
      rest = rest.dropFirst(count)
    }
    guard fsync(descriptor) == 0, rename(beside, path) == 0 else {
      let failure = failure("write", path)
      unlink(beside)
      throw failure
    }
  }

  private static func failure(_ act: String, _ path: String) -> Failure {
    Failure(.failure, "cannot \(act) \(path): \(String(cString: strerror(errno)))")
  }
}
