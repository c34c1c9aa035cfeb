// swift-tools-version: 6.3
import PackageDescription

/// Every Swift module is compiled alike: Swift 6 mode, warnings as errors, imports internal unless
/// said otherwise, and helpers staying on their caller's executor.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
  // Debug builds and tests check at run time that accesses exclude each other; a call would pay for
  // it with a tenth of its time.
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// A released program brings the Swift runtime along: it runs where no toolchain is, and only those
/// parts that it uses are in its memory.
///
/// Its relocations are packed, which the default linker cannot do: each process would hold another
/// megabyte. That needs glibc 2.36, which is Debian 12's.
let programSettings: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-static-stdlib", "-Xlinker", "--no-export-dynamic",
      "-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
    ], .when(configuration: .release))
]

/// A module that others import, with its tests in `Tests/<name>Tests`.
func library(
  _ name: String, uses: [Target.Dependency] = [], testsUse: [Target.Dependency] = []
) -> [Target] {
  [
    .target(name: name, dependencies: uses, swiftSettings: settings),
    .testTarget(
      name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + uses + testsUse,
      swiftSettings: settings),
  ]
}

/// An executable with its SQL embedded and its tests in `Tests/<module>Tests`.
func service(
  _ module: String, at path: String, uses: [Target.Dependency], migrations: Bool = true,
  testsUse: [Target.Dependency] = ["MeshTestKit"]
) -> [Target] {
  [
    .executableTarget(
      name: module, dependencies: uses, path: path, exclude: ["README.md"],
      resources: migrations ? [.embedInCode("Migrations")] : [], swiftSettings: settings,
      linkerSettings: programSettings),
    .testTarget(
      name: "\(module)Tests", dependencies: [.init(stringLiteral: module)] + uses + testsUse,
      swiftSettings: settings),
  ]
}

/// A C library of Debian's, seen through a module map.
func system(_ name: String, pkgConfig: String, apt: String) -> [Target] {
  [.systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])]
}

/// What protoc-c made of a set of protos.
func generatedC(
  _ name: String, path: String? = nil, uses: [Target.Dependency] = []
) -> [Target] {
  [
    .target(
      name: name, dependencies: ["CProtobufC"] + uses, path: path, publicHeadersPath: ".",
      cSettings: [.headerSearchPath(".")])
  ]
}

/// A program that is run by hand or by a script, under `tools/`.
func tool(_ module: String, at path: String, uses: [Target.Dependency]) -> [Target] {
  [
    .executableTarget(
      name: module, dependencies: uses, path: path, swiftSettings: settings,
      linkerSettings: programSettings),
    .testTarget(
      name: "\(module)Tests", dependencies: [.init(stringLiteral: module)] + uses,
      swiftSettings: settings),
  ]
}

let libraries: [[Target]] = [
  [.target(name: "CLinux")],
  system("CNghttp2", pkgConfig: "libnghttp2", apt: "libnghttp2-dev"),
  system("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
  system("CPQ", pkgConfig: "libpq", apt: "libpq-dev"),
  system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
  system("CProtobufC", pkgConfig: "libprotobuf-c", apt: "libprotobuf-c-dev"),
  library("MeshText"),
  library("MeshIO", uses: ["CLinux"]),
  library("MeshTLS", uses: ["COpenSSL"], testsUse: ["MeshCrypto"]),
  library("MeshCrypto", uses: ["COpenSSL", "MeshText"]),
  library("MeshHTTP2", uses: ["CNghttp2", "MeshText"]),
  library("MeshCompression", uses: ["CZlib"]),
  generatedC("CProtoTypes"),
  library("MeshProto", uses: ["CProtobufC", "MeshText"], testsUse: ["TestMessages"]),
  generatedC("CTestMessages", path: "Tests/CTestMessages", uses: ["CProtoTypes"]),
  [
    .target(
      name: "TestMessages", dependencies: ["MeshProto", "CTestMessages"],
      path: "Tests/TestMessages", swiftSettings: settings),
    .executableTarget(
      name: "MessagePeer", dependencies: ["MeshProto", "TestMessages"], path: "Tests/MessagePeer",
      swiftSettings: settings),
  ],
  library("MeshSQL", uses: ["CPQ", "MeshIO"], testsUse: ["MeshTestKit"]),
  library("MeshRPC", uses: ["MeshText"]),
  library(
    "MeshTransport",
    uses: ["MeshIO", "MeshTLS", "MeshHTTP2", "MeshCompression", "MeshText", "MeshRPC"],
    testsUse: ["MeshCrypto"]),
  generatedC("CMeshAPI", uses: ["CProtoTypes"]),
  library("MeshAPI", uses: ["MeshProto", "MeshRPC", "CMeshAPI"]),
  library(
    "MeshKit",
    uses: [
      "MeshText", "MeshIO", "MeshSQL", "MeshRPC", "MeshTLS", "MeshTransport", "MeshCrypto",
      "MeshProto", "MeshAPI",
    ], testsUse: ["MeshTestKit"]),
  tool(
    "ProtocGenMesh", at: "tools/protoc-gen-mesh", uses: ["MeshProto", "MeshText", "CProtoTypes"]),
  tool(
    "TenantryCLI", at: "tools/tenantry",
    uses: [
      "MeshAPI", "MeshRPC", "MeshProto", "MeshCrypto", "MeshTransport", "MeshTLS", "MeshIO",
      "MeshText",
    ]),
  tool(
    "BenchEcho", at: "tools/benchmarks/echo-server",
    uses: ["MeshAPI", "MeshIO", "MeshKit", "MeshRPC", "MeshTLS", "MeshTransport"]),
  generatedC("CInteropMessages", path: "tools/interop/messages"),
  [
    .target(
      name: "Interop",
      dependencies: [
        "CInteropMessages", "MeshProto", "MeshRPC", "MeshTransport", "MeshTLS", "MeshIO",
      ], path: "tools/interop", exclude: ["protos", "messages"], swiftSettings: settings),
    .executableTarget(
      name: "InteropServer", dependencies: ["Interop"], path: "tools/interop-server",
      swiftSettings: settings),
    .executableTarget(
      name: "InteropClient", dependencies: ["Interop"], path: "tools/interop-client",
      swiftSettings: settings),
    .testTarget(
      name: "InteropTests", dependencies: ["Interop", "MeshRPC", "MeshTransport", "MeshIO"],
      swiftSettings: settings),
  ],
  [
    .target(
      name: "MeshTestKit",
      dependencies: ["MeshIO", "MeshSQL", "MeshRPC", "MeshCrypto", "MeshAPI", "MeshKit"],
      path: "Tests/MeshTestKit",
      swiftSettings: settings),
    .testTarget(name: "TidyTests", swiftSettings: settings),
    .testTarget(
      name: "MeshTests",
      dependencies: [
        "Audit", "Edge", "IdentityRoles", "PoolRouter", "Tenants", "MeshTestKit", "MeshKit",
        "MeshAPI", "MeshRPC", "MeshTransport", "MeshTLS", "MeshIO", "MeshSQL", "MeshCrypto",
      ], swiftSettings: settings),
  ],
]

/// What a service may use, and what its tests use besides.
let serviceUses: [Target.Dependency] = ["MeshKit", "MeshAPI", "MeshRPC", "MeshSQL", "MeshCrypto"]

let services: [[Target]] = [
  service("Tenants", at: "services/tenants", uses: serviceUses),
  service("PoolRouter", at: "services/pool-router", uses: serviceUses),
  service("Audit", at: "services/audit", uses: serviceUses),
  service("IdentityRoles", at: "services/identity-roles", uses: serviceUses),
]

let edge: [Target] = [
  .executableTarget(
    name: "Edge",
    dependencies: [
      "MeshKit", "MeshAPI", "MeshRPC", "MeshProto", "MeshCrypto", "MeshTransport", "MeshTLS",
      "MeshIO", "MeshText",
    ], path: "services/edge", exclude: ["README.md"], swiftSettings: settings,
    linkerSettings: programSettings),
  .testTarget(
    name: "EdgeTests",
    dependencies: ["Edge", "MeshKit", "MeshAPI", "MeshRPC", "MeshCrypto", "MeshTestKit"],
    swiftSettings: settings),
]

/// What `tools/fuzz` builds, and nothing else: without libFuzzer it has no `main`.
let fuzzing: [Target] =
  Context.environment["TENANTRY_FUZZ"] == nil
  ? []
  : [
    .target(
      name: "FuzzTargets",
      dependencies: [
        "MeshText", "MeshIO", "MeshTLS", "MeshCrypto", "MeshHTTP2", "MeshCompression", "MeshRPC",
        "MeshProto", "MeshTransport", "MeshAPI", "MeshKit", "TestMessages",
      ], path: "Tests/FuzzTargets", exclude: ["Corpus"], swiftSettings: settings)
  ]

/// The same with all that it uses in one archive, which `tools/fuzz` links.
let fuzzArchive: [Product] =
  fuzzing.isEmpty
  ? [] : [.library(name: "FuzzTargets", type: .static, targets: ["FuzzTargets"])]

let programs: [Product] = [
  .executable(name: "audit", targets: ["Audit"]),
  .executable(name: "bench-echo", targets: ["BenchEcho"]),
  .executable(name: "edge", targets: ["Edge"]),
  .executable(name: "identity-roles", targets: ["IdentityRoles"]),
  .executable(name: "interop-client", targets: ["InteropClient"]),
  .executable(name: "interop-server", targets: ["InteropServer"]),
  .executable(name: "protoc-gen-mesh", targets: ["ProtocGenMesh"]),
  .executable(name: "tenantry", targets: ["TenantryCLI"]),
  .executable(name: "tenants", targets: ["Tenants"]),
  .executable(name: "pool-router", targets: ["PoolRouter"]),
]

let package = Package(
  name: "tenantry", products: programs + fuzzArchive,
  targets: (libraries + services + [edge, fuzzing]).flatMap(\.self))
