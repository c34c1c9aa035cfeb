import Glibc

/// Small text files of a process: settings, secrets, keys.
package enum SettingsFile {
  /// The largest file that is read, in bytes.
  package static let sizeLimit = 1 << 20

  /// Reads the whole file at `path`.
  package static func read(_ path: String) throws(SettingsError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    var text: [UInt8] = []
    while true {
      let count = Glibc.read(descriptor, &bytes, bytes.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw .unreadable(path: path, reason: String(cString: strerror(errno)))
      }
      if count == 0 { break }
      text.append(contentsOf: bytes[..<count])
      guard text.count <= sizeLimit else {
        throw .unreadable(path: path, reason: "it is larger than \(sizeLimit) bytes")
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The process's environment.
  package static var environment: [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let pointer = entry.pointee {
      let text = String(cString: pointer)
      if let equals = text.firstIndex(of: "=") {
        variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      entry += 1
    }
    return variables
  }
}
