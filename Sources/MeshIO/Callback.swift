/// A closure to keep in an array or an optional.
///
/// Bare, Swift wraps it anew each time it goes in or out of a generic container: one allocation and
/// one more call for each passage (measured).
struct Callback {
  let run: () -> Void
}
