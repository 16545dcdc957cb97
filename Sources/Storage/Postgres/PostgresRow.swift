package import Experiments

/// One row of an answer, with columns by name and values still as text.
///
/// A reader asks for the type it expects; what does not fit is a defect or a
/// foreign schema and throws `StoreError.refused` with statement and column.
package struct PostgresRow: Sendable {
    let statement: String
    let columns: [String: Int]
    let values: [String?]

    package func optionalText(_ column: String) throws(StoreError) -> String? {
        guard let index = columns[column] else { throw unreadable(column, "is missing") }
        return values[index]
    }

    package func text(_ column: String) throws(StoreError) -> String {
        guard let text = try optionalText(column) else { throw unreadable(column, "is null") }
        return text
    }

    package func integer(_ column: String) throws(StoreError) -> Int {
        guard let value = Int(try text(column)) else { throw unreadable(column, "is not a whole number") }
        return value
    }

    package func optionalInteger(_ column: String) throws(StoreError) -> Int? {
        try optionalText(column) == nil ? nil : integer(column)
    }

    package func unsigned(_ column: String) throws(StoreError) -> UInt64 {
        guard let value = UInt64(try text(column)) else { throw unreadable(column, "is not in 0 ..< 2^64") }
        return value
    }

    package func double(_ column: String) throws(StoreError) -> Double {
        guard let value = Double(try text(column)) else { throw unreadable(column, "is not a number") }
        return value
    }

    package func optionalDouble(_ column: String) throws(StoreError) -> Double? {
        try optionalText(column) == nil ? nil : double(column)
    }

    package func bool(_ column: String) throws(StoreError) -> Bool {
        try text(column) == "t"
    }

    package func json(_ column: String) throws(StoreError) -> JSON {
        do {
            return try JSON.parse(try text(column))
        } catch let error as JSON.SyntaxError {
            throw unreadable(column, "is not JSON: \(error)")
        } catch let error as StoreError {
            throw error
        } catch {
            throw unreadable(column, "\(error)")
        }
    }

    /// A value of a type whose raw values the database stores.
    package func value<Value: RawRepresentable<String>>(_ column: String) throws(StoreError) -> Value {
        guard let value = Value(rawValue: try text(column)) else {
            throw unreadable(column, "holds a value that this program does not know")
        }
        return value
    }

    func unreadable(_ column: String, _ reason: String) -> StoreError {
        .refused("column \(column) of statement \(statement) \(reason)")
    }
}
