import MeshRPC

/// A message that is its bytes.
struct Text: RPCMessage {
  var value: String
  init(_ value: String) { self.value = value }
  init(bytes: UnsafeRawBufferPointer) throws { value = String(decoding: bytes, as: UTF8.self) }
  func pieces(reserving prefix: Int) -> (first: [UInt8], others: [[UInt8]]) {
    ([UInt8](repeating: 0, count: prefix) + Array(value.utf8), [])
  }
}
