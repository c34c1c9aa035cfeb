/// Who may import whom: HOUSE's table, one line per module.
///
/// The toolchain's own modules are listed too, since `Foundation` may be imported from MeshKit
/// upwards only and a rule of a domain may import nothing at all.
private let importTable: [String: [String]] = [
  "MeshText": [],
  "MeshIO": ["CLinux", "Glibc", "Synchronization"],
  "MeshTLS": ["COpenSSL", "Glibc", "Synchronization"],
  "MeshCrypto": ["COpenSSL", "MeshText", "Glibc", "Synchronization"],
  "MeshHTTP2": ["CNghttp2", "MeshText", "Glibc", "Synchronization"],
  "MeshCompression": ["CZlib", "Glibc", "Synchronization"],
  "MeshProto": ["CProtobufC", "MeshText", "Glibc", "Synchronization"],
  "MeshSQL": ["CPQ", "MeshIO", "Glibc", "Synchronization"],
  "MeshRPC": ["MeshText", "Synchronization"],
  "MeshTransport": [
    "MeshIO", "MeshTLS", "MeshHTTP2", "MeshCompression", "MeshText", "MeshRPC", "Glibc",
    "Synchronization",
  ],
  "MeshAPI": ["MeshProto", "MeshRPC", "CMeshAPI"],
  "MeshKit": toolchain + [
    "MeshText", "MeshIO", "MeshSQL", "MeshRPC", "MeshTLS", "MeshTransport", "MeshAPI",
    "MeshCrypto", "MeshProto",
  ],
  "TestMessages": ["MeshProto", "CTestMessages"],
  "MessagePeer": toolchain + ["MeshProto", "TestMessages"],
  "FuzzTargets": meshBelowServices + toolchain + ["TestMessages"],
  "MeshTestKit": meshBelowServices + toolchain + ["Testing"],
]

private let serviceImports =
  toolchain + ["MeshKit", "MeshAPI", "MeshRPC", "MeshSQL", "MeshCrypto"]

private let toolImports = [
  // The CLI makes its own connection, and reads messages that it knows by descriptors alone.
  "tools/tenantry": toolchain + [
    "MeshKit", "MeshAPI", "MeshRPC", "MeshCrypto", "MeshProto", "MeshTransport", "MeshTLS",
    "MeshIO", "MeshText",
  ],
  "tools/protoc-gen-mesh": toolchain + [
    "MeshProto", "MeshText", "CProtobufC", "CProtoTypes",
  ],
  "tools/interop": toolchain + [
    "MeshRPC", "MeshProto", "MeshTransport", "MeshTLS", "MeshIO", "CInteropMessages",
  ],
  "tools/interop-server": toolchain + ["Interop"],
  "tools/interop-client": toolchain + ["Interop"],
  "tools/benchmarks": toolchain + [
    "MeshAPI", "MeshIO", "MeshKit", "MeshRPC", "MeshTLS", "MeshTransport",
  ],
]

private let meshBelowServices = [
  "MeshText", "MeshIO", "MeshTLS", "MeshCrypto", "MeshHTTP2", "MeshCompression", "MeshProto",
  "MeshSQL", "MeshRPC", "MeshTransport", "MeshAPI", "MeshKit",
]
private let toolchain = ["Foundation", "FoundationEssentials", "Glibc", "Synchronization"]

extension Rule {
  static let imports = Rule(
    "imports", "a module imports only what its layer may",
    bad: [
      SourceFile("Sources/MeshRPC/A.swift", "import MeshIO\n"),
      SourceFile("Sources/MeshIO/A.swift", "package import struct Foundation.Data\n"),
      SourceFile("Sources/MeshCrypto/A.swift", "import CPQ\n"),
      SourceFile("Sources/MeshTLS/A.swift", "@preconcurrency import CNghttp2\n"),
      SourceFile("Sources/MeshAPI/A.swift", "import MeshIO\n"),
      SourceFile("Sources/MeshKit/A.swift", "import CPQ\n"),
      SourceFile("Sources/MeshNew/A.swift", "struct New {}\n"),
      SourceFile("services/tenants/Service/A.swift", "import Audit\n"),
      SourceFile("services/tenants/Storage/A.swift", "import CPQ\n"),
      SourceFile("services/tenants/Storage/A.swift", "import MeshIO\n"),
      SourceFile("tools/tenantry/A.swift", "import MeshSQL\n"),
      SourceFile("Tests/MeshTLSTests/A.swift", "import MeshIO\n"),
      SourceFile("Tests/TenantsTests/A.swift", "@testable import Audit\n"),
    ],
    good: [
      SourceFile("Sources/MeshRPC/A.swift", "import Synchronization\n// import MeshIO\n"),
      SourceFile("Sources/MeshCrypto/A.swift", "import COpenSSL\n"),
      SourceFile("Sources/MeshKit/A.swift", "package import MeshRPC\nimport Foundation\n"),
      SourceFile("services/tenants/Service/A.swift", "import MeshAPI\nimport MeshKit\n"),
      SourceFile("tools/tenantry/A.swift", "import MeshRPC\n"),
      SourceFile("Tests/MeshTLSTests/A.swift", "import Testing\n@testable import MeshTLS\n"),
      SourceFile("Tests/MeshTLSTests/A.swift", "import MeshCrypto\n"),
      SourceFile("Tests/TenantsTests/A.swift", "import MeshTestKit\n@testable import Tenants\n"),
      SourceFile("Tests/MeshTests/A.swift", "import MeshKit\nimport MeshTransport\n"),
    ],
    file: { file in
      guard file.isSwift, file.path != "Package.swift" else { return [] }
      guard let allowed = allowedImports(of: file) else {
        return [file.finding(1, "\(file.home) is not in the import table: add its line")]
      }
      return importLines(of: file).filter { !allowed.contains($0.module) }.map { module, line in
        let list = allowed.filter { !toolchain.contains($0) }.sorted().joined(separator: ", ")
        return file.finding(line, "imports \(module); of the mesh it may import: \(list)")
      }
    })

  static let domainIsPure = Rule(
    "domain", "a domain imports nothing, waits for nothing and reads no clock",
    bad: [
      SourceFile("services/tenants/Domain/A.swift", "import Foundation\n"),
      SourceFile("services/tenants/Domain/A.swift", "import MeshRPC\n"),
      SourceFile("services/tenants/Domain/A.swift", "func decide() async {}\n"),
      SourceFile("services/tenants/Domain/A.swift", "let now = ContinuousClock().now\n"),
      SourceFile("services/tenants/Domain/A.swift", "let id = Int.random(in: 0...9)\n"),
    ],
    good: [
      SourceFile("services/tenants/Domain/A.swift", "func decide(now: Int) -> Bool { now > 0 }\n"),
      SourceFile("services/tenants/Service/A.swift", "func create() async {}\n"),
    ],
    file: { file in
      guard file.isSwift, file.path.hasPrefix("services/"), file.path.contains("/Domain/") else {
        return []
      }
      let imported = importLines(of: file).map { module, line in
        file.finding(line, "imports \(module); pass what the rule needs as an argument")
      }
      let impure = ["async", "await", "ContinuousClock", "SuspendingClock", ".random(", "Task"]
      return imported
        + impure.flatMap { word in
          occurrences(of: word, in: file.code).map {
            file.finding(file.line(at: $0), "\(word): pass time, ids and chance as arguments")
          }
        }
    })
}

/// The modules that `file` may import, or nil where the table does not know its place.
private func allowedImports(of file: SourceFile) -> [String]? {
  let parts = file.path.split(separator: "/").map(String.init)
  guard parts.count >= 3 else { return nil }
  switch parts[0] {
  case "Sources": return importTable[parts[1]]
  case "services": return serviceImports
  case "tools": return toolImports[file.home]
  case "Tests": return allowedInTests(parts[1])
  default: return nil
  }
}

/// A test imports what its subject may, the subject, and the means of testing: among them
/// MeshCrypto, which issues the certificates that tests of TLS need.
private func allowedInTests(_ target: String) -> [String]? {
  if let kit = importTable[target] { return kit }
  guard target.hasSuffix("Tests") else { return nil }
  let testing = toolchain + ["Testing"]
  switch target {
  case "TidyTests": return testing
  case "MeshProtoTests": return testing + ["MeshProto", "TestMessages"]
  case "ProtocGenMeshTests": return testing + ["MeshProto", "CProtoTypes", "ProtocGenMesh"]
  case "TenantryCLITests":
    return testing + ["TenantryCLI"] + (toolImports["tools/tenantry"] ?? [])
  case "InteropTests":
    return testing + ["Interop"] + (toolImports["tools/interop"] ?? [])
  case "BenchEchoTests": return testing + ["MeshAPI", "MeshRPC", "BenchEcho"]
  case "MeshTests", "ConformanceTests":
    return testing + ["MeshTestKit"] + meshBelowServices + SourceTree.serviceModules
  default:
    let subject = String(target.dropLast("Tests".count))
    let own = importTable[subject] ?? serviceImports
    return testing + ["MeshTestKit", "MeshCrypto", subject] + own
  }
}

/// The modules that `file` imports, each with its line.
private func importLines(of file: SourceFile) -> [(module: String, line: Int)] {
  occurrences(of: "import", in: file.code).compactMap { offset in
    let line = file.line(at: offset)
    let words = file.line(line, of: file.code).split(separator: " ").map(String.init)
    guard let keyword = words.firstIndex(of: "import"),
      words[..<keyword].allSatisfy({ importModifiers.contains($0) || $0.hasPrefix("@") })
    else { return nil }
    let named = words[(keyword + 1)...].first { !importKinds.contains($0) } ?? ""
    return (String(named.prefix { $0 != "." && $0 != ";" }), line)
  }
}

private let importModifiers: Set<String> = ["package", "internal", "private", "fileprivate"]
private let importKinds: Set<String> = [
  "struct", "class", "enum", "protocol", "func", "let", "var", "typealias", "actor",
]

extension SourceTree {
  /// The modules of the services: `identity-roles` is module `IdentityRoles`.
  static let serviceModules = repository.rooms(of: "services").keys.map { folder in
    folder.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}
