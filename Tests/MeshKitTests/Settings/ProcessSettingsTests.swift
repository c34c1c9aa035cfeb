import Testing

@testable import MeshKit

@Suite("The settings of every process")
struct ProcessSettingsTests {
  private func read<Value>(
    _ setting: Setting<Value>, _ text: String
  ) throws(SettingsError) -> Value {
    try Settings(
      declared: [setting.declaration], file: nil, environment: [setting.variable: text])[setting]
  }

  @Test(
    "take every kind of target for where another service is",
    arguments: ["unix:/run/audit", "10.0.0.1:1,10.0.0.2:1", "dns:audit.mesh:8443", "mesh:audit"])
  func targets(text: String) throws {
    #expect(try read(ProcessSettings.address(of: "audit"), text) == text)
  }

  @Test("refuse what is no target, and say why", arguments: ["", "https://audit:1", "mesh:Audit"])
  func noTarget(text: String) {
    #expect(throws: SettingsError.self) { try read(ProcessSettings.address(of: "audit"), text) }
  }

  @Test("take names of the mesh with weights, and refuse what is none")
  func meshNames() throws {
    let text = "audit=v1*95@unix:/a,v2*5@10.0.0.1:1"
    #expect(try read(ProcessSettings.meshNames, text) == text)
    #expect(throws: SettingsError.self) { try read(ProcessSettings.meshNames, "audit=unix:/a") }
  }
}
