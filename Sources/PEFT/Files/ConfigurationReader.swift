import Experiments

/// Typed and checked access to the members of a `config.json`.
struct ConfigurationReader {
    let json: JSON
    let path: String

    func error(_ key: String, _ reason: String, suggestion: String? = nil) -> InputError {
        InputError(path, key: key, reason: reason, suggestion: suggestion)
    }

    /// A member as an error shows it.
    func found(_ key: String) -> String {
        guard let value = json[key], value != .null else { return "nothing" }
        return JSON.string(String((value.string ?? value.canonicalText).prefix(40))).canonicalText
    }

    /// - Parameter isOptional: whether it may be absent.
    func expect(_ key: String, _ expected: String, isOptional: Bool) throws(InputError) {
        let value = json[key] ?? .null
        guard value == .string(expected) || isOptional && value == .null else {
            throw error(key, "expected \"\(expected)\", found \(found(key))")
        }
    }

    func refuse(_ key: String, _ reason: String) throws(InputError) {
        if let value = json[key], value != .null, value != false { throw error(key, reason) }
    }

    func size(_ key: String, _ range: ClosedRange<Int>, default absent: Int? = nil) throws(InputError) -> Int
    {
        let value = json[key] ?? .null
        if value == .null, let absent { return absent }
        guard let size = value.integer, range.contains(size) else {
            let found = value == .null ? "nothing" : String(value.canonicalText.prefix(40))
            throw error(
                key, "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(found)"
            )
        }
        return size
    }

    func epsilon(_ key: String, default absent: Float) throws(InputError) -> Float {
        guard let value = json[key] else { return absent }
        guard let number = value.number.map(Float.init), number > 0, number < 1 else {
            throw error(key, "expected a number between 0 and 1, found \(value.canonicalText.prefix(40))")
        }
        return number
    }
}
