import MeshProto

/// An answer that is a list: one repeated message, and perhaps where the next page starts.
struct ListShape: Sendable {
  /// The field with the rows.
  let rows: FieldDescriptor
  /// The type of the answer.
  let type: MessageDescriptor
  /// The type of a row.
  let row: MessageDescriptor
  let nextPageToken: FieldDescriptor?

  /// The shape of `response`; nil when it is no list.
  init?(_ response: MessageDescriptor) {
    let fields = response.fields
    let repeated = fields.filter { $0.isRepeated && $0.kind == .message && !$0.isMap }
    let token = fields.first { $0.name == "next_page_token" }
    guard let rows = repeated.first, let row = rows.message,
      fields.count == (token == nil ? 1 : 2)
    else { return nil }
    self.rows = rows
    type = response
    self.row = row
    nextPageToken = token
  }
}
