/// The headers that carry the caller inside the mesh; the edge strips them from outside.
package enum CallerHeaders {
  /// What every such header starts with.
  package static let prefix = "tenantry-"
  /// The signed caller, a `tenantry.identity.v1.SignedCaller`.
  package static let caller = "tenantry-caller-bin"
  /// The call's id, which the caller is answered with.
  package static let requestID = "tenantry-request-id"
}
