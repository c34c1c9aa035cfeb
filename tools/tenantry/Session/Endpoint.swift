/// Which server to call, whose word to take for it, and with which token.
struct Endpoint: Sendable, Equatable {
  let server: ServerAddress
  /// The path of the authority's certificate; nil for those that the system trusts.
  let authority: String?
  /// The bearer token; nil where nobody is signed in.
  let token: String?

  /// The same server for a call in nobody's name.
  var signedOut: Endpoint { Endpoint(server: server, authority: authority, token: nil) }
}
