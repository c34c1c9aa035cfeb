extension Deadline {
  /// The deadline of the call that the current task serves, if it has one; child tasks and tasks
  /// made on the way have it too.
  ///
  /// Calls that clients make while it is there end with it. The served call's cancellation reaches
  /// them as that of their task, so a `Task` of its own is not cancelled with it.
  @TaskLocal package static var current: Deadline?
}

extension CallOptions {
  /// These options within the deadline of the call that is being served, if one is.
  var inherited: CallOptions {
    guard let deadline = Deadline.current else { return self }
    var options = self
    options.deadline = .earlier(options.deadline, deadline)
    return options
  }
}
