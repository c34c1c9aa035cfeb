import MeshIO
import MeshRPC

extension ServiceHost {
  /// How calls to other services are made, as the contract and the process's settings say.
  func callConfig() throws -> ServiceConfig {
    let text = try settings[ProcessSettings.serviceConfig]
    return try PolicyRetries.config(refined: text.isEmpty ? nil : ServiceConfigReader.read(text))
  }

  /// Makes calls over `channel` as `config` wants them.
  func configured(_ channel: any Channel, _ config: ServiceConfig) -> ConfiguredChannel {
    var rules = RepetitionRules()
    rules.mayRepeat = PolicyRetries.mayRepeat
    rules.pause = { [loop = loops[0]] pause in try await loop.sleep(for: pause) }
    return ConfiguredChannel(channel, config, rules: rules)
  }
}
