/// Decides whether a call that no handler has seen is made again, whatever it does (gRFC A6,
/// "Transparent Retries").
struct TransparentRetry: Sendable {
  private var wasTurnedAway = false

  /// What never left may go again and again; what the server's transport turned away, once.
  mutating func allows(_ reach: CallReach) -> Bool {
    switch reach {
    case .client: return true
    case .transport:
      defer { wasTurnedAway = true }
      return !wasTurnedAway
    case .handler: return false
    }
  }
}
