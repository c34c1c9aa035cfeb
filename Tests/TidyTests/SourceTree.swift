import Foundation

/// The repository's own text files.
struct SourceTree: Sendable {
  let files: [SourceFile]

  /// A tree of the given texts, for trying rules.
  init(_ files: [SourceFile]) {
    self.files = files
  }

  /// This repository, read once for all tests.
  static let repository = SourceTree(root: URL(filePath: #filePath).ancestor(3))

  /// What git keeps: the trees of the house and the papers at its top.
  private init(root: URL) {
    let trees = ["Sources", "services", "tools", "proto", "deploy", "Tests"]
    let papers = ["Package.swift", "CHANGELOG.md"]
    let paths = papers + trees.flatMap { Self.paths(under: $0, root) }
    files = paths.sorted().compactMap { path in
      FileManager.default.contents(atPath: root.appending(path: path).path())
        .map { SourceFile(path: path, text: Array($0)) }
    }
  }

  private static func paths(under tree: String, _ root: URL) -> [String] {
    let folder = root.appending(path: tree).path()
    guard let walk = FileManager.default.enumerator(atPath: folder) else { return [] }
    var paths: [String] = []
    for case let path as String in walk where isOurs(path) { paths.append("\(tree)/\(path)") }
    return paths
  }

  /// Hand-written or generated text; not what Python or an editor leaves behind, nor data.
  private static func isOurs(_ path: String) -> Bool {
    if path.contains("__pycache__") || path.contains("/.") || path.hasPrefix(".") { return false }
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return true }
    return textKinds.contains(String(name[dot...].dropFirst()))
  }

  private static let textKinds: Set<String> = [
    "swift", "c", "h", "cc", "modulemap", "proto", "sql", "sh", "py", "md",
  ]

  var swift: [SourceFile] { files.filter(\.isSwift) }

  /// The names of the folders right under `folder`, with the paths below each.
  func rooms(of folder: String) -> [String: [String]] {
    var rooms: [String: [String]] = [:]
    for file in files where file.path.hasPrefix(folder + "/") {
      let rest = file.path.dropFirst(folder.count + 1)
      guard let slash = rest.firstIndex(of: "/") else { continue }
      rooms[String(rest[..<slash]), default: []].append(String(rest[slash...].dropFirst()))
    }
    return rooms
  }
}

extension URL {
  fileprivate func ancestor(_ generations: Int) -> URL {
    (0..<generations).reduce(self) { url, _ in url.deletingLastPathComponent() }
  }
}
