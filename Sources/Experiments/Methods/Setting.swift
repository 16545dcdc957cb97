/// A value of a method, of the head or of the training that is not a size: its
/// name, what it may be, what a search tries, and where it stands.
package struct Setting<Owner: Sendable>: Sendable {
    package let name: String
    /// One sentence for the documentation.
    package let summary: String
    package let range: SettingRange
    /// What a preset searches; nil leaves it at its default unless a study
    /// names it.
    package let searched: ParameterDomain?
    /// Whether the canonical JSON has it even at its default: a setting that
    /// came later has not, so that older configurations keep their hash.
    let isAlwaysWritten: Bool
    package let get: @Sendable (Owner) -> JSON
    /// Of a value that the range accepts.
    private let put: @Sendable (JSON, inout Owner) -> Void
    private let fallback: @Sendable () -> JSON

    /// False when the value is not one that the setting may have.
    package func set(_ value: JSON, in owner: inout Owner) -> Bool {
        guard range.accepts(value) else { return false }
        put(value, &owner)
        return true
    }
}

extension Setting where Owner: DefaultConstructible {
    package static func number(
        _ name: String, _ path: any WritableKeyPath<Owner, Double> & Sendable, in range: ClosedRange<Double>,
        above: Bool = false, searched: ParameterDomain? = nil, isAlwaysWritten: Bool = true,
        _ summary: String
    ) -> Setting {
        Setting(
            name: name, summary: summary, range: .number(range, above: above), searched: searched,
            isAlwaysWritten: isAlwaysWritten, get: { .number($0[keyPath: path]) },
            put: { $1[keyPath: path] = $0.number! }, fallback: { .number(Owner()[keyPath: path]) })
    }

    package static func integer(
        _ name: String, _ path: any WritableKeyPath<Owner, Int> & Sendable, in range: ClosedRange<Int>,
        searched: ParameterDomain? = nil, isAlwaysWritten: Bool = true, _ summary: String
    ) -> Setting {
        Setting(
            name: name, summary: summary, range: .integer(range), searched: searched,
            isAlwaysWritten: isAlwaysWritten, get: { .integer($0[keyPath: path]) },
            put: { $1[keyPath: path] = $0.integer! }, fallback: { .integer(Owner()[keyPath: path]) })
    }

    package static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ path: any WritableKeyPath<Owner, Value> & Sendable,
        searched: ParameterDomain? = nil, isAlwaysWritten: Bool = true, _ summary: String
    ) -> Setting {
        Setting(
            name: name, summary: summary, range: .choice(Value.allCases.map(\.rawValue)), searched: searched,
            isAlwaysWritten: isAlwaysWritten, get: { .string($0[keyPath: path].rawValue) },
            put: { $1[keyPath: path] = Value(rawValue: $0.string!)! },
            fallback: { .string(Owner()[keyPath: path].rawValue) })
    }

    /// - Parameter bytes: the most in UTF-8.
    package static func text(
        _ name: String, _ path: any WritableKeyPath<Owner, String> & Sendable, bytes: Int,
        isAlwaysWritten: Bool = true, _ summary: String
    ) -> Setting {
        Setting(
            name: name, summary: summary, range: .text(bytes: bytes), searched: nil,
            isAlwaysWritten: isAlwaysWritten, get: { .string($0[keyPath: path]) },
            put: { $1[keyPath: path] = $0.string! }, fallback: { .string(Owner()[keyPath: path]) })
    }

    package static func flag(
        _ name: String, _ path: any WritableKeyPath<Owner, Bool> & Sendable,
        searched: ParameterDomain? = nil, isAlwaysWritten: Bool = true, _ summary: String
    ) -> Setting {
        Setting(
            name: name, summary: summary, range: .flag, searched: searched,
            isAlwaysWritten: isAlwaysWritten, get: { .bool($0[keyPath: path]) },
            put: { $1[keyPath: path] = $0.bool! }, fallback: { .bool(Owner()[keyPath: path]) })
    }
}

extension Setting {
    /// Its default.
    package var defaultValue: JSON { fallback() }

    /// Nil where the canonical form leaves it out.
    func written(from owner: Owner) -> JSON? {
        let value = get(owner)
        guard isAlwaysWritten || value != fallback() else { return Optional.none }
        return value
    }

    /// Reads it, or leaves what is there when it is missing.
    func read(_ reader: inout JSONObjectReader, into owner: inout Owner) throws(InputError) {
        guard reader.optional(name) != nil else { return }
        let value: JSON =
            switch range {
            case .number(let range, let above): .number(try reader.number(name, in: range, above: above))
            case .integer(let range): .integer(try reader.integer(name, in: range))
            case .choice(let names): .string(try reader.choice(name, of: names))
            case .flag: .bool(try reader.bool(name, default: false))
            case .text(let bytes): .string(try reader.string(name, bytes: bytes))
            }
        put(value, &owner)
    }
}

/// What a setting may be at all.
package enum SettingRange: Sendable, Hashable {
    /// - Parameter above: whether the lower bound itself is excluded.
    case number(ClosedRange<Double>, above: Bool)
    case integer(ClosedRange<Int>)
    case choice([String])
    case flag
    case text(bytes: Int)

    package func accepts(_ value: JSON) -> Bool {
        switch self {
        case .number(let range, let above):
            value.number.map { range.contains($0) && (!above || $0 > range.lowerBound) } ?? false
        case .integer(let range): value.integer.map(range.contains) ?? false
        case .choice(let names): value.string.map(names.contains) ?? false
        case .flag: value.bool != nil
        case .text(let bytes): value.string.map { $0.utf8.count <= bytes } ?? false
        }
    }

    /// For messages.
    package var permitted: String {
        switch self {
        case .number(let range, let above):
            "numbers \(above ? "above" : "from") \(range.lowerBound) to \(range.upperBound)"
        case .integer(let range): "whole numbers from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let names): "a choice of \(names.joined(separator: ", "))"
        case .flag: "true and false"
        case .text(let bytes): "texts of up to \(bytes) bytes"
        }
    }
}

/// What has a value of which every part is at its default.
package protocol DefaultConstructible { init() }
