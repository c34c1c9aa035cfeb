/// All files of a schema, found by what is in them.
package struct SchemaFiles: Sendable {
  private let files: [SchemaFile]
  private var byName: [String: Int] = [:]
  private var bySymbol: [String: Int] = [:]
  private var byExtension: [SchemaFile.Extension: Int] = [:]

  /// Makes the index of `files`.
  package init(_ files: [SchemaFile]) {
    self.files = files
    for (index, file) in files.enumerated() {
      byName[file.name] = index
      for symbol in file.symbols { bySymbol[symbol] = index }
      for field in file.extensions { byExtension[field] = index }
    }
  }

  /// The file of this name; nil if there is none.
  package func file(named name: String) -> SchemaFile? { byName[name].map { files[$0] } }

  /// The file that declares what has this full name; nil if none does.
  package func file(declaring symbol: String) -> SchemaFile? {
    bySymbol[symbol].map { files[$0] }
  }

  /// The file that declares the extension; nil if none does.
  package func file(declaring field: SchemaFile.Extension) -> SchemaFile? {
    byExtension[field].map { files[$0] }
  }

  /// The numbers of all extensions of a type, in order; nil if there is no such type.
  package func extensionNumbers(of type: String) -> [Int32]? {
    guard bySymbol[type] != nil else { return nil }
    return byExtension.keys.filter { $0.type == type }.map(\.number).sorted()
  }

  /// The file, then everything that it imports, directly or not, each once.
  package func withImports(_ file: SchemaFile) -> [SchemaFile] {
    var found = [file]
    var seen: Set<String> = [file.name]
    var next = 0
    while next < found.count {
      for name in found[next].imports where seen.insert(name).inserted {
        if let file = self.file(named: name) { found.append(file) }
      }
      next += 1
    }
    return found
  }
}
