extension ParameterDomain {
    /// The domain's own spelling of a value (`8` for `8.0`), or nil when the
    /// value is not in it.
    public func canonical(_ value: JSON) -> JSON? {
        switch self {
        case .integer(let lower, let upper, _):
            guard let whole = value.integer, whole >= lower, whole <= upper else { return nil }
            return .integer(whole)
        case .real(let lower, let upper, _):
            guard let number = value.number, number >= lower, number <= upper else { return nil }
            return .number(number)
        case .choice(let values):
            return values.first { $0 == value || ($0.number != nil && $0.number == value.number) }
        case .levels(let values):
            guard let number = value.number else { return nil }
            return values.first { $0.number == number }
        }
    }

    /// Whether a value is in it, in whatever spelling.
    public func contains(_ value: JSON) -> Bool { canonical(value) != nil }

    /// All values in order, or nil when there are more than `limit`.
    public func values(upTo limit: Int) -> [JSON]? {
        switch self {
        case .integer(let lower, let upper, _):
            let (count, overflows) = upper.subtractingReportingOverflow(lower)
            guard !overflows, count < limit else { return nil }
            return upper < lower ? [] : (lower...upper).map(JSON.integer)
        case .real(let lower, let upper, _): return lower == upper && limit > 0 ? [.number(lower)] : nil
        case .choice(let values), .levels(let values): return values.count <= limit ? values : nil
        }
    }
}
