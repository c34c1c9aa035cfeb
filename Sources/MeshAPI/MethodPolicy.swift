package import MeshProto
package import MeshRPC

/// What the contract says about one method: who may call it, what it asks for and leaves behind.
///
/// Generated from the option `tenantry.options.v1.policy`, one for each method of every service;
/// the gates, the ledger, the commands and the reference pages are derived from it.
package final class MethodPolicy: Sendable {
  /// The method's name and shape.
  package let method: MethodDescriptor
  /// Where the method is served.
  package let plane: OptionsV1.Plane
  /// The permission that a caller needs; empty when `access` asks for none.
  package let permission: String
  /// Whether a permission, a sign-in or nothing is asked for.
  package let access: OptionsV1.Access
  /// What the method touches.
  package let scope: OptionsV1.Scope
  /// Whether the method reads, writes or destroys.
  package let effect: OptionsV1.Effect
  /// The type of the ledger event that a call leaves; empty for none.
  package let event: String
  /// The request's `reason` must not be empty.
  package let reasonRequired: Bool
  /// The approval route that must be satisfied first; empty for none.
  package let approval: String
  /// When a call may be repeated.
  package let retry: OptionsV1.Retry
  /// How far the event has come when the call answers.
  package let receipt: OptionsV1.Receipt
  /// The command's words and positional fields, for example `tenants suspend {tenant_id}`; empty
  /// for none.
  package let cli: String
  /// An additional HTTP route, for example `POST /api/tenant-lifecycle/{tenant_id}/suspend`; empty
  /// for none.
  package let http: String
  /// A credential that is confined to one tenant may call it too, for that tenant.
  package let tenantScoped: Bool
  /// The request's fields.
  package let request: MessageDescriptor
  /// The response's fields.
  package let response: MessageDescriptor
  /// The method's comment in the contract, one line.
  package let summary: String

  init(
    method: MethodDescriptor, plane: OptionsV1.Plane, permission: String, access: OptionsV1.Access,
    scope: OptionsV1.Scope, effect: OptionsV1.Effect, event: String, reasonRequired: Bool,
    approval: String, retry: OptionsV1.Retry, receipt: OptionsV1.Receipt, cli: String, http: String,
    tenantScoped: Bool, request: MessageDescriptor, response: MessageDescriptor, summary: String
  ) {
    self.method = method
    self.plane = plane
    self.permission = permission
    self.access = access
    self.scope = scope
    self.effect = effect
    self.event = event
    self.reasonRequired = reasonRequired
    self.approval = approval
    self.retry = retry
    self.receipt = receipt
    self.cli = cli
    self.http = http
    self.tenantScoped = tenantScoped
    self.request = request
    self.response = response
    self.summary = summary
  }
}

/// The policies of every method in the contract, in the contract's order; `all` is generated.
package enum PolicyTable {
  /// Every policy by `:path`.
  package static let byPath: [String: MethodPolicy] =
    Dictionary(uniqueKeysWithValues: all.map { ($0.method.path, $0) })
}
