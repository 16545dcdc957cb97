package import Experiments

/// A bound parameter in PostgreSQL's text format; the statement says its type.
package struct SQLValue: Sendable {
    /// Nil is NULL.
    let text: String?

    private init(text: String?) { self.text = text }

    package static let null = SQLValue(text: nil)
    package static func text(_ value: String?) -> SQLValue { SQLValue(text: value) }
    package static func integer(_ value: Int?) -> SQLValue { SQLValue(text: value.map(String.init)) }
    /// The shortest text that reads back with the same bits.
    package static func double(_ value: Double) -> SQLValue { SQLValue(text: "\(value)") }
    package static func json(_ value: JSON) -> SQLValue { SQLValue(text: value.canonicalText) }
    /// An array of whole numbers.
    package static func integers(_ values: [Int]) -> SQLValue {
        SQLValue(text: "{" + values.map(String.init).joined(separator: ",") + "}")
    }
}
