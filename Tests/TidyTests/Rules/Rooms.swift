/// The rooms of a service, always the same.
private let rooms = [
  "README.md", "Main.swift", "Config.swift", "Service", "Domain", "Storage", "Migrations",
]
/// Only where something runs by itself.
private let furtherRooms = ["Work"]

/// The edge keeps nothing and owns no rule of a domain: it routes and guards.
private let edgeRooms = ["README.md", "Main.swift", "Config.swift", "Routes", "Gate", "Service"]

extension Rule {
  static let serviceRooms = Rule(
    "rooms", "each service has the same rooms",
    bad: [
      service("tenants", without: "README.md"), service("tenants", without: "Storage"),
      service("tenants", with: "Helpers/A.swift"), service("tenants", with: "Extra.swift"),
      SourceTree([SourceFile("services/edge/Main.swift", "\n")]),
    ],
    good: [service("tenants"), service("audit", with: "Work/Relay.swift")],
    tree: { tree in
      tree.rooms(of: "services").sorted { $0.key < $1.key }.flatMap { name, paths in
        let expected = name == "edge" ? edgeRooms : rooms
        let found = Set(paths.map { String($0.prefix { $0 != "/" }) })
        let missing = expected.filter { !found.contains($0) }
        let unknown = found.subtracting(expected + furtherRooms).sorted()
        let place = "services/\(name)"
        return missing.map { Finding(path: "\(place)/\($0)", line: 1, message: "is missing") }
          + unknown.map {
            Finding(path: "\(place)/\($0)", line: 1, message: "is none of a service's rooms")
          }
      }
    })

  static let mainIsShort = Rule(
    "main", "a service's Main.swift only puts the parts together",
    bad: [SourceFile("services/tenants/Main.swift", String(repeating: "\n", count: 60))],
    good: [SourceFile("services/tenants/Main.swift", String(repeating: "\n", count: 59))],
    file: { file in
      guard file.path.hasPrefix("services/"), file.path.hasSuffix("/Main.swift"),
        file.lineCount >= 60
      else { return [] }
      return [file.finding(60, "60 lines or more: logic belongs into a room")]
    })

  static let migrationNames = Rule(
    "migrations", "migrations are V001_topic.sql, numbered without a gap",
    bad: [
      migrations("001_tenants.sql"), migrations("V001_tenants.sql", "V003_more.sql"),
      migrations("V001_Tenants.sql"), migrations("V001_a.sql", "V001_b.sql"),
    ],
    good: [migrations("V001_tenants.sql", "V002_more.sql"), migrations()],
    tree: { tree in
      tree.rooms(of: "services").flatMap { name, paths in
        let prefix = "Migrations/"
        let files = paths.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        return files.sorted().enumerated().compactMap { index, file -> Finding? in
          let digits = String(index + 1)
          let expected = "V" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
          let topic = file.dropFirst(expected.count)
          let isNamed =
            file.hasPrefix(expected) && topic.hasPrefix("_") && topic.hasSuffix(".sql")
            && topic.dropLast(4).allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" }
          if isNamed { return nil }
          return Finding(
            path: "services/\(name)/Migrations/\(file)", line: 1,
            message: "should be \(expected)_topic.sql in lower case")
        }
      }
    })
}

/// A service with all its rooms, but for what is taken away or added.
private func service(
  _ name: String, without missing: String = "", with further: String? = nil
) -> SourceTree {
  let files = rooms.filter { $0 != missing }.map { $0.contains(".") ? $0 : "\($0)/A.swift" }
  return SourceTree(
    (files + [further].compactMap(\.self)).map {
      SourceFile("services/\(name)/\($0)", "\n")
    })
}

private func migrations(_ names: String...) -> SourceTree {
  SourceTree(names.map { SourceFile("services/tenants/Migrations/\($0)", "SELECT 1;\n") })
}
