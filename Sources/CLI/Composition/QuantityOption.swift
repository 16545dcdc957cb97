import ArgumentParser
import Workers

/// Options whose value is a number with its unit.
enum QuantityOption {
    /// Whole seconds; nil where the option was not given.
    static func seconds(_ option: String, _ text: String?, from least: Int = 1, example: String) throws
        -> Int?
    {
        guard let text else { return nil }
        guard let seconds = Quantity.value(of: text, in: Quantity.seconds), seconds >= Double(least),
            seconds <= 1e9
        else {
            let shortest = Quantity.text(seconds: Double(least)).filter { $0 != " " }
            throw ValidationError(
                "\(option): expected a time from \(shortest), such as \(example), found '\(text)'")
        }
        return Int(seconds)
    }

    /// Bytes; nil where the option was not given.
    static func bytes(_ option: String, _ text: String?, from least: Int, example: String) throws -> Int? {
        guard let text else { return nil }
        guard let bytes = Quantity.value(of: text, in: Quantity.bytes), bytes >= Double(least), bytes <= 1e15
        else {
            throw ValidationError(
                "\(option): expected a size from \(TrialLimits.text(bytes: least)), such as \(example), "
                    + "found '\(text)'")
        }
        return Int(bytes)
    }
}
