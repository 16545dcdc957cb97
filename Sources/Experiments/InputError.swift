/// Something that a person gave us (a file, a key, an address, an argument)
/// cannot be used.
///
/// Its text has a fixed order: where, what failed, why, what to try.
///
///     study.yaml:12: search.trials: expected a whole number from 1 to 1000000, found "many"
///       try: trials: 64
public struct InputError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file, address or argument it is about.
    public var subject: String
    /// The line within the file, from 1.
    public var line: Int?
    /// The key, column or tensor within the file.
    public var key: String?
    /// What was wrong, with what was expected and what was found.
    public var reason: String
    /// What the person can do about it.
    public var suggestion: String?

    public init(
        _ subject: String, line: Int? = nil, key: String? = nil, reason: String,
        suggestion: String? = nil
    ) {
        self.subject = subject
        self.line = line
        self.key = key
        self.reason = reason
        self.suggestion = suggestion
    }

    public var description: String {
        var text = subject
        if let line { text += ":\(line)" }
        if let key { text += ": \(key)" }
        text += ": \(reason)"
        if let suggestion { text += "\n  try: \(suggestion)" }
        return text
    }
}

extension InputError {
    /// The entry of `known` that is nearest to a misspelt `name`, by edit
    /// distance, or nil when none is near.
    public static func nearest(to name: String, in known: [String]) -> String? {
        let best = known.map { (distance: editDistance(name.lowercased(), $0.lowercased()), name: $0) }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        guard let best, best.distance <= max(2, name.count / 3) else { return nil }
        return best.name
    }

    private static func editDistance(_ a: String, _ b: String) -> Int {
        let a = Array(a.unicodeScalars.prefix(200))
        let b = Array(b.unicodeScalars.prefix(200))
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let substituted = diagonal + (x == y ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}
