import Foundation

/// A number with its unit, as people write it: `2h`, `1h 30min`, `50 kJ`.
enum Quantity {
    /// Units of time in seconds.
    static let seconds = ["s": 1.0, "min": 60, "h": 3600, "d": 86_400]
    /// Units of energy in joules.
    static let joules = ["J": 1.0, "kJ": 1e3, "MJ": 1e6, "Wh": 3600, "kWh": 3.6e6]

    /// Units of memory in bytes.
    static let bytes = [
        "B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1024, "MiB": 1_048_576,
        "GiB": 1_073_741_824, "TiB": 1_099_511_627_776,
    ]

    /// The sum of the text's numbers in the base unit.
    /// - Returns: nil unless the text is numbers, each with another one of the
    ///   units, the largest first.
    static func value(of text: String, in units: [String: Double]) -> Double? {
        var rest = text[...].drop(while: \.isWhitespace)
        guard !rest.isEmpty, text.utf8.count <= 100 else { return nil }
        var (sum, largest) = (0.0, Double.infinity)
        while !rest.isEmpty {
            guard let part = rest.prefixMatch(of: /([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)\s*/),
                let number = Double(part.1), let unit = units[String(part.2)], unit < largest
            else { return nil }
            largest = unit
            sum += number * unit
            rest = rest[part.range.upperBound...]
        }
        return sum
    }

    /// A duration in its largest units: `2 h 30 min`.
    static func text(seconds: Double) -> String {
        var rest = Int(seconds.rounded())
        var parts: [String] = []
        for (unit, size) in [("h", 3600), ("min", 60), ("s", 1)] where rest >= size {
            parts.append("\(rest / size) \(unit)")
            rest %= size
        }
        return parts.isEmpty ? "0 s" : parts.joined(separator: " ")
    }

    /// An energy with three digits: `50 kJ`.
    static func text(joules: Double) -> String {
        let (unit, size) = joules < 1e3 ? ("J", 1.0) : joules < 1e6 ? ("kJ", 1e3) : ("MJ", 1e6)
        return String(format: "%.3g \(unit)", joules / size)
    }
}
