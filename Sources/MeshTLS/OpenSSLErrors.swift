import COpenSSL

/// This thread's queue of OpenSSL errors.
enum OpenSSLErrors {
  /// Empties the queue, so that what the next call reports is its own.
  static func clear() {
    // Nearly always empty, and looking is much cheaper than wiping all of its sixteen places.
    if ERR_peek_error() != 0 { ERR_clear_error() }
  }

  /// Takes the oldest error's reason in words and empties the queue.
  static func takeReason() -> String {
    let code = ERR_peek_error()
    ERR_clear_error()
    return reason(of: code)
  }

  /// The reason in words of one error code.
  static func reason(of code: UInt) -> String {
    guard let text = ERR_reason_error_string(code) else { return "unknown reason" }
    return String(cString: text)
  }
}
