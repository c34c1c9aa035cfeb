package import MeshAPI
import MeshProto

/// Who calls, as the edge found out and signed, and as this process has verified.
///
/// One object for all the calls that come with the same context.
package final class Caller: Sendable {
  /// What kind of caller it is.
  package enum Kind: Sendable, Equatable {
    /// Nobody is signed in.
    case anonymous
    /// One of us, on the operator plane.
    case `operator`
    /// A tenant's own user, on the tenant plane.
    case member
    /// A process of the mesh.
    case service
  }

  /// What kind of caller it is.
  package let kind: Kind
  /// The plane on which the call came in.
  package let plane: OptionsV1.Plane
  /// The account's or service's id; empty when anonymous.
  package let id: String
  /// The account's e-mail or the service's name.
  package let name: String
  /// The session; empty for services and when anonymous.
  package let sessionID: String
  /// The one tenant the caller is confined to; nil for none.
  package let tenantID: String?
  /// What the caller may do.
  package let permissions: Set<String>
  /// The address the call came from, as the edge saw it.
  package let ip: String
  /// When this context is void, by the wall clock.
  package let expiresAt: Micros
  /// With what the caller was let in.
  package let credential: EventsV1.Credential

  /// The process of the mesh that calls for itself.
  package static func service(_ name: String) -> Caller {
    Caller(
      kind: .service, plane: .service, id: name, name: name, sessionID: "", tenantID: nil,
      permissions: [], ip: "", expiresAt: .max)
  }

  /// Names a caller; services get theirs from the verifier.
  package init(
    kind: Kind, plane: OptionsV1.Plane, id: String, name: String, sessionID: String,
    tenantID: String?, permissions: Set<String>, ip: String, expiresAt: Micros,
    credential: EventsV1.Credential = .unspecified
  ) {
    self.kind = kind
    self.plane = plane
    self.id = id
    self.name = name
    self.sessionID = sessionID
    self.tenantID = tenantID
    self.permissions = permissions
    self.ip = ip
    self.expiresAt = expiresAt
    self.credential = credential
  }

  /// Reads the edge's message; nil when its kind or plane is none that the edge mints.
  package init?(_ message: IdentityV1.Caller) {
    switch message.kind {
    case .anonymous: kind = .anonymous
    case .operator: kind = .operator
    case .member: kind = .member
    default: return nil
    }
    guard message.plane == .operator || message.plane == .tenant else { return nil }
    plane = message.plane
    id = message.id
    name = message.name
    sessionID = message.sessionID
    tenantID = message.tenantID.isEmpty ? nil : message.tenantID
    permissions = Set(message.permissions)
    ip = message.ip
    expiresAt = message.expiresAt?.micros ?? 0
    credential = message.credential
  }
}

extension Caller: Equatable {
  /// Whether two callers are the same in everything.
  package static func == (left: Caller, right: Caller) -> Bool {
    (left.kind, left.plane, left.id, left.name, left.sessionID)
      == (right.kind, right.plane, right.id, right.name, right.sessionID)
      && (left.tenantID, left.permissions, left.ip, left.expiresAt, left.credential)
        == (right.tenantID, right.permissions, right.ip, right.expiresAt, right.credential)
  }
}
