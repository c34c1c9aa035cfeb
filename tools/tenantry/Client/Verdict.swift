import MeshAPI

/// What an answer means for the run: some say in words of their own that not all is well.
enum Verdict: Equatable {
  case fine
  case ledgerIntact
  case ledgerDamaged
  case processesMissing([String])

  init(of answer: Record) {
    switch answer.type {
    case AuditV1.VerifyLedgerResponse.descriptor:
      self = answer.isTrue("intact") ? .ledgerIntact : .ledgerDamaged
    case OpsV1.Status.descriptor:
      let missing = answer.records("processes").filter {
        $0.integer("health") != Int64(OpsV1.Health.serving.rawValue)
      }
      self = missing.isEmpty ? .fine : .processesMissing(missing.map(Self.complaint))
    default: self = .fine
    }
  }

  var code: ExitCode {
    switch self {
    case .fine, .ledgerIntact: .ok
    case .ledgerDamaged: .verificationFailed
    case .processesMissing: .unavailable
    }
  }

  /// Says what is wrong, where the answer's own print does not.
  func report(_ answer: Record, _ format: OutputFormat, _ world: World) throws(Failure) {
    let style = Style(
      isInteractive: world.terminal.messagesAreInteractive, environment: world.environment)
    switch self {
    case .fine: return
    case .processesMissing(let complaints):
      for complaint in complaints {
        world.terminal.report(style.paint("error:", .bad) + " \(complaint)\n")
      }
    case .ledgerIntact:
      guard format == .table else { return }
      world.terminal.report(style.paint("the ledger is intact", .good) + "\n")
    case .ledgerDamaged:
      let damage = answer.records("damage").first
      let kind = damage.flatMap { damage in
        damage.type.field(named: "kind").map { Cell($0, of: damage).text }
      }
      world.terminal.report(
        style.paint("the ledger is damaged", .bad)
          + " at sequence \(damage?.integer("sequence") ?? 0): \(kind ?? "unknown damage")\n")
    }
  }

  private static func complaint(_ process: Record) -> String {
    let health = process.type.field(named: "health").map { Cell($0, of: process).text } ?? ""
    let problems = process.type.field(named: "problems").map { Cell($0, of: process).text } ?? ""
    let name = VisibleText.harmless(process.text("name"))
    return "\(name) is \(health.isEmpty ? "in unknown health" : health.replacing("-", with: " "))"
      + (problems.isEmpty ? "" : ": \(problems)")
  }
}
