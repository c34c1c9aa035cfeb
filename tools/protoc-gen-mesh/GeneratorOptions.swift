/// What is given with `--mesh_opt`, as `name=value` joined by commas.
struct GeneratorOptions {
  /// The C module with the structs that protoc-c generated.
  var cModule = "CMeshAPI"
  /// Whether services, clients and the method table are wanted too.
  var services = true
  /// Whether methods have policies, and a table of them; others' protocols by themselves do not.
  var policies = true

  init(parsing parameter: String) throws(GenerationError) {
    for pair in parameter.split(separator: ",") {
      let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
      switch (parts.first, parts.dropFirst().first) {
      case ("c_module", let name?): cModule = name
      case ("services", "true"): services = true
      case ("services", "false"): services = false
      case ("policies", "true"): policies = true
      case ("policies", "false"): policies = false
      default:
        throw GenerationError(
          "--mesh_opt",
          "\"\(pair)\" is not known; give c_module=NAME, services=true|false or policies=true|false"
        )
      }
    }
  }
}
