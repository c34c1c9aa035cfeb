import Glibc

/// The profiles of one person, a file each.
///
/// Files are 0600 and their folder 0700. A file is replaced as a whole, so that two runs at once
/// leave one of the two versions.
struct ProfileStore: Sendable {
  /// The longest file that is read, in bytes.
  static let sizeLimit = 65536

  /// The folder, which need not exist yet.
  let folder: String

  /// The folder that the environment asks for: in the mesh's home where there is one, else among
  /// the person's settings.
  init(environment: [String: String]) {
    func variable(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    if let home = variable("TENANTRY_HOME") {
      folder = home + "/profiles"
    } else if let folder = variable("TENANTRY_CONFIG_DIR") {
      self.folder = folder
    } else if let settings = variable("XDG_CONFIG_HOME") {
      folder = settings + "/tenantry"
    } else {
      folder = (variable("HOME") ?? "") + "/.config/tenantry"
    }
  }

  /// The file of a profile; its name is letters, digits, `-`, `_` and `.`, not first.
  func path(_ name: String) throws(Failure) -> String {
    let isPlain = name.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0))
    }
    guard (1...64).contains(name.count), isPlain, !name.hasPrefix(".") else {
      throw .usage("\"\(name)\" is no name for a profile: letters, digits, -, _ and .")
    }
    return "\(folder)/\(name).profile"
  }

  /// The profile called `name`; an empty one where there is none yet.
  func load(_ name: String) throws(Failure) -> Profile {
    let path = try path(name)
    guard access(path, F_OK) == 0 else { return Profile() }
    return Profile(
      parsing: String(decoding: try LocalFile.read(path, limit: Self.sizeLimit), as: UTF8.self))
  }

  /// Writes the profile called `name`, making the folder where it is missing.
  func save(_ profile: Profile, as name: String) throws(Failure) {
    let path = try path(name)
    try LocalFile.makeFolder(folder)
    try LocalFile.replace(path, with: Array(profile.text.utf8))
  }

  /// The names of the profiles there are, in alphabetical order.
  var names: [String] {
    guard let listing = opendir(folder) else { return [] }
    defer { closedir(listing) }
    var names: [String] = []
    while let entry = readdir(listing) {
      let name = withUnsafePointer(to: entry.pointee.d_name) { start in
        start.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".profile"), !name.hasPrefix(".") {
        names.append(String(name.dropLast(".profile".count)))
      }
    }
    return names.sorted()
  }

  /// Whether others may read a profile, which must not be.
  func isReadableByOthers(_ name: String) -> Bool {
    var status = stat()
    // No name for a profile is no file either.
    guard let path = try? path(name), stat(path, &status) == 0 else { return false }
    return status.st_mode & 0o077 != 0
  }
}
