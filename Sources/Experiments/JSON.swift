/// A JSON value with one canonical text.
///
/// Foundation's parsers accept duplicate keys (each keeping another one) and
/// need many times the memory of the text, so what comes from outside and what
/// is hashed goes through this type. See `JSON+Parsing.swift` for what is
/// refused and `JSON+Serialization.swift` for the canonical form.
public enum JSON: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    /// Finite: JSON has no NaN and no infinity.
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])
}

extension JSON: Hashable {
    /// Values are equal when their canonical texts are: `8` and `8.0` are, `0`
    /// and `-0` are not, nor are texts that only look alike.
    public static func == (a: JSON, b: JSON) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let x), .bool(let y)): x == y
        case (.string(let x), .string(let y)): x.utf8.elementsEqual(y.utf8)
        case (.array(let x), .array(let y)): x == y
        case (.object(let x), .object(let y)): haveEqualMembers(x, y)
        case (.integer(let x), .integer(let y)): x == y
        case (.number(let x), .number(let y)): x == y && x.sign == y.sign
        case (.integer(let x), .number(let y)), (.number(let y), .integer(let x)): writtenAsWhole(y) == x
        default: false
        }
    }

    /// A dictionary finds a name by canonical equivalence, so the bytes are
    /// compared as well.
    private static func haveEqualMembers(_ x: [String: JSON], _ y: [String: JSON]) -> Bool {
        guard x.count == y.count else { return false }
        return x.allSatisfy { name, value in
            guard let index = y.index(forKey: name) else { return false }
            return y[index].key.utf8.elementsEqual(name.utf8) && y[index].value == value
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(Double(value))
        case .number(let value): hasher.combine(value)
        case .string(let value): hasher.combine(value)
        case .array(let values): hasher.combine(values)
        case .object(let members): hasher.combine(members)
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(nilLiteral: ()) { self = .null }
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}

extension JSON {
    public subscript(key: String) -> JSON? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
    public var object: [String: JSON]? { if case .object(let value) = self { value } else { nil } }

    /// A whole number, also when it was written as `8.0`.
    public var integer: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    /// A number of either form.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// Null for nil, so that an unknown stays an unknown and never becomes 0.
    public init(_ value: Double?) {
        self = value.map { $0.isFinite ? .number($0) : .null } ?? .null
    }
    public init(_ value: Int?) { self = value.map(JSON.integer) ?? .null }
    public init(_ value: String?) { self = value.map(JSON.string) ?? .null }
}
