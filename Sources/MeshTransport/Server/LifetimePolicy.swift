/// How long a server keeps a connection, and how it notices that the peer is gone (gRFC A8, A9).
package struct LifetimePolicy: Sendable, Equatable {
  /// A peer that was silent for so long is pinged; gRPC's own default.
  package var keepaliveTime = Duration.seconds(7200)
  /// A pinged peer that stays silent for so long is gone; gRPC's own default.
  package var keepaliveTimeout = Duration.seconds(20)
  /// A connection without a call is closed after so long; nil keeps it.
  ///
  /// A descriptor and some 16 KB are not free; gRPC clients connect again with their next call.
  package var maxIdle: Duration? = .seconds(600)
  /// A connection is closed after so long, give or take a tenth; nil keeps it.
  ///
  /// For servers behind a balancer that spreads connections and not calls: only new connections
  /// reach new replicas.
  package var maxAge: Duration?
  /// How long the calls of a connection that is too old may still take; nil lets them end.
  package var maxAgeGrace: Duration?
  /// How long the peer may take to say that it has seen our goodbye, before the connection closes
  /// for new calls without its word.
  package var farewellTimeout = Duration.seconds(20)

  /// The policy for strangers.
  package init() {}

  /// The policy for peers of the mesh, whose idle connections are there to be used in an instant.
  package static let trusted: LifetimePolicy = {
    var policy = LifetimePolicy()
    policy.maxIdle = nil
    return policy
  }()
}
