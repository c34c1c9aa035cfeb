import MeshProto

/// An enum's values in the short form in which people write and read them.
///
/// `TIER_S` is `S`, `TENANT_STATE_UNSPECIFIED` is nothing, `SUSPEND_CAUSE_ILLEGAL_USE` is
/// `illegal-use`.
struct EnumNames: Sendable {
  private let names: [(short: String, full: String, number: Int32)]

  init(_ type: EnumDescriptor) {
    let typeName = String(type.name.split(separator: ".").last ?? "")
    let prefix = Self.upperSnake(typeName) + "_"
    names = type.values.map { name, number in
      let stem = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
      return (Self.short(stem), name, number)
    }
  }

  /// The words that a person can choose from.
  var choices: [String] { names.map(\.short).filter { $0 != "unspecified" } }

  /// The short form of a number; the number itself where the schema does not name it, and nil for
  /// one that says nothing.
  func short(_ number: Int32) -> String? {
    guard let name = names.first(where: { $0.number == number }) else { return String(number) }
    return name.short == "unspecified" ? nil : name.short
  }

  /// The name in the schema of what a person wrote, in whatever case, short or full.
  func full(_ text: String) -> String? {
    let wanted = text.lowercased().replacing("_", with: "-")
    return names.first {
      $0.short.lowercased() == wanted || $0.full.lowercased().replacing("_", with: "-") == wanted
    }?.full
  }

  /// Lower case with hyphens, but a single letter stays a capital.
  private static func short(_ stem: String) -> String {
    stem.count == 1 ? stem : stem.lowercased().replacing("_", with: "-")
  }

  private static func upperSnake(_ camel: String) -> String {
    var snake = ""
    for character in camel {
      if character.isUppercase, !snake.isEmpty { snake += "_" }
      snake += character.uppercased()
    }
    return snake
  }
}
