/// The states of a tenant's life, as they are stored and shown.
enum LifecycleState: String, Sendable, CaseIterable {
  case provisioned, trial, active, suspended, offboarding, offboarded

  /// Whether gates must know of a tenant in this state to judge its members' calls.
  ///
  /// Members of the others come in as they are; only these are in a watcher's snapshot.
  var concernsGates: Bool {
    switch self {
    case .suspended, .offboarding, .offboarded: true
    case .provisioned, .trial, .active: false
    }
  }
}

/// Why a tenant is suspended, beside the operator's own words.
enum SuspensionCause: String, Sendable, CaseIterable {
  case other
  case chargebackAbuse = "chargeback_abuse"
  case illegalUse = "illegal_use"
  case unpaidInvoices = "unpaid_invoices"
  case breachHold = "breach_hold"
}
