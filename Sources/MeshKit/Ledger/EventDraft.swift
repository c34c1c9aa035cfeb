/// What a change tells the ledger, as far as the service that makes it must say so.
///
/// Who did it, from where, under which request id and when is filled in from the call.
package struct EventDraft: Sendable {
  /// What was acted on.
  package struct Target: Sendable {
    /// For example `tenant`.
    package let kind: String
    /// Its id.
    package let id: String
    /// Its name for people; empty for none.
    package let name: String

    /// Names a target.
    package init(_ kind: String, id: String, name: String = "") {
      self.kind = kind
      self.id = id
      self.name = name
    }
  }

  /// For example `tenant.suspended.v1`; nil means the event of the method's policy.
  package var type: String?
  /// Whose ledger it goes to; nil is the platform's.
  package var tenantID: String?
  /// What was acted on.
  package var target: Target
  /// Why, in the caller's words; empty for none.
  package var reason: String
  /// Facts, in the order in which the type defines them.
  package var details: KeyValuePairs<String, String>

  /// Drafts an event.
  package init(
    _ type: String? = nil, tenantID: String? = nil, target: Target, reason: String = "",
    details: KeyValuePairs<String, String> = [:]
  ) {
    self.type = type
    self.tenantID = tenantID
    self.target = target
    self.reason = reason
    self.details = details
  }
}
