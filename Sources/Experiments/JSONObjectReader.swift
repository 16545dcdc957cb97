/// Reads the members of an object that a person or another program wrote, and
/// says exactly what is wrong with them.
///
/// Each accessor marks its key as known; `finish()` refuses the rest with the
/// nearest known spelling.
///
///     var reader = try JSONObjectReader(json, subject: "study.yaml")
///     let trials = try reader.integer("trials", in: 1...1_000_000, default: 64)
///     try reader.finish()
public struct JSONObjectReader {
    /// The file or value that errors name.
    public let subject: String
    /// The keys from the root to this object, joined by dots.
    public let path: String
    private let members: [String: JSON]
    private var known: Set<String> = []

    public init(_ json: JSON, subject: String, path: String = "") throws(InputError) {
        guard case .object(let members) = json else {
            throw InputError(
                subject, key: path.isEmpty ? nil : path,
                reason: "expected a map of keys and values, found \(Self.name(of: json))")
        }
        self.subject = subject
        self.path = path
        self.members = members
    }

    /// The keys there are, sorted.
    public var keys: [String] { members.keys.sorted() }

    /// The keys that no accessor has asked for, sorted.
    public var unread: [String] { keys.filter { !known.contains($0) } }

    public mutating func optional(_ key: String) -> JSON? {
        known.insert(key)
        return members[key] == .null ? nil : members[key]
    }

    public mutating func required(_ key: String, expected: String) throws(InputError) -> JSON {
        guard let value = optional(key) else {
            throw error(key, "is missing: expected \(expected)")
        }
        return value
    }

    public mutating func string(_ key: String, default fallback: String? = nil) throws(InputError) -> String {
        if let fallback, optional(key) == nil { return fallback }
        let value = try required(key, expected: "a text")
        guard let text = value.string, !text.isEmpty else {
            throw error(key, "expected a text, found \(Self.name(of: value))")
        }
        return text
    }

    /// A text of limited length in UTF-8.
    mutating func string(_ key: String, bytes: Int) throws(InputError) -> String {
        let text = try string(key)
        let count = text.utf8.count
        guard count <= bytes else { throw error(key, "expected at most \(bytes) bytes, found \(count)") }
        return text
    }

    public mutating func bool(_ key: String, default fallback: Bool) throws(InputError) -> Bool {
        guard let value = optional(key) else { return fallback }
        guard let flag = value.bool else {
            throw error(key, "expected true or false, found \(Self.name(of: value))")
        }
        return flag
    }

    public mutating func integer(
        _ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil
    ) throws(InputError) -> Int {
        if let fallback, optional(key) == nil { return fallback }
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        let value = try required(key, expected: expected)
        guard let number = value.integer, range.contains(number) else {
            throw error(key, "expected \(expected), found \(Self.name(of: value))")
        }
        return number
    }

    /// - Parameter above: whether `range.lowerBound` itself is excluded.
    public mutating func number(
        _ key: String, in range: ClosedRange<Double>, above: Bool = false, default fallback: Double? = nil
    ) throws(InputError) -> Double {
        if let fallback, optional(key) == nil { return fallback }
        let lower = JSON.number(range.lowerBound).canonicalText
        let upper = JSON.number(range.upperBound).canonicalText
        let expected =
            above ? "a number above \(lower) and up to \(upper)" : "a number from \(lower) to \(upper)"
        let value = try required(key, expected: expected)
        guard let number = value.number, range.contains(number), !(above && number == range.lowerBound) else {
            throw error(key, "expected \(expected), found \(Self.name(of: value))")
        }
        return number
    }

    /// One of the raw values of an enumeration.
    public mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, default fallback: Choice? = nil
    ) throws(InputError) -> Choice {
        if let fallback, optional(key) == nil { return fallback }
        return Choice(rawValue: try choice(key, of: Choice.allCases.map(\.rawValue)))!
    }

    /// One of some names.
    public mutating func choice(_ key: String, of names: [String]) throws(InputError) -> String {
        let expected = "one of \(names.joined(separator: ", "))"
        let value = try required(key, expected: expected)
        guard let text = value.string, names.contains(text) else {
            let nearest = value.string.flatMap { InputError.nearest(to: $0, in: names) }
            throw error(key, "expected \(expected), found \(Self.name(of: value))", try: nearest)
        }
        return text
    }

    public mutating func array(_ key: String) throws(InputError) -> [JSON]? {
        guard let value = optional(key) else { return nil }
        guard let array = value.array else {
            throw error(key, "expected a list, found \(Self.name(of: value))")
        }
        return array
    }

    /// A list of texts; empty without the key.
    public mutating func strings(_ key: String) throws(InputError) -> [String] {
        var strings: [String] = []
        for value in try array(key) ?? [] {
            guard let text = value.string else {
                throw error(key, "expected a list of texts, found \(Self.name(of: value)) in it")
            }
            strings.append(text)
        }
        return strings
    }

    public mutating func object(_ key: String) throws(InputError) -> JSONObjectReader? {
        guard let value = optional(key) else { return nil }
        return try JSONObjectReader(value, subject: subject, path: path(to: key))
    }

    public mutating func requiredObject(_ key: String) throws(InputError) -> JSONObjectReader {
        guard let reader = try object(key) else { throw error(key, "is missing: expected a map") }
        return reader
    }

    /// Refuses members that no accessor asked for.
    public func finish() throws(InputError) {
        guard let unknown = unread.first else { return }
        let names = known.sorted()
        let nearest = InputError.nearest(to: unknown, in: names)
        throw error(
            unknown, "is not a key here; known are \(names.joined(separator: ", "))",
            try: nearest.map { "\($0)" })
    }

    /// An error about a member of this object.
    public func error(_ key: String, _ reason: String, try suggestion: String? = nil) -> InputError {
        InputError(subject, key: path(to: key), reason: reason, suggestion: suggestion)
    }

    public func path(to key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// How a value is named in an error: short, whatever it holds.
    public static func name(of json: JSON) -> String {
        switch json {
        case .null: "nothing"
        case .array(let values): "a list of \(values.count)"
        case .object(let members): "a map of \(members.count)"
        case .string(let text):
            text.count > 60
                ? JSON.string(text.prefix(60) + "…").canonicalText : JSON.string(text).canonicalText
        default: json.canonicalText
        }
    }
}
