import COpenSSL

/// This thread's queue of OpenSSL errors.
enum OpenSSLErrors {
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
