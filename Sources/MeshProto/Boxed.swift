/// Holds a field whose type contains itself, which a struct cannot do in line.
@propertyWrapper
package enum Boxed<Value: Sendable & Equatable>: Sendable, Equatable {
  /// The boxed value.
  indirect case box(Value)

  /// Boxes `wrappedValue`.
  package init(wrappedValue: Value) { self = .box(wrappedValue) }

  /// The value itself.
  package var wrappedValue: Value {
    get {
      switch self {
      case .box(let value): value
      }
    }
    set { self = .box(newValue) }
  }
}
