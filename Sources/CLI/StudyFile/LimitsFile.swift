import Experiments

/// The keys of a study file's `search` that end it before its trials are all
/// proposed.
enum LimitsFile {
    static func limits(_ search: inout JSONObjectReader) throws(InputError) -> SearchLimits {
        var limits = SearchLimits()
        limits.wallSeconds = try amount(
            "wall_time", &search, Quantity.seconds, atMost: 1e9,
            expected: "a time such as 90s, 45min, 2h or 1d")
        limits.joules = try amount(
            "energy", &search, Quantity.joules, atMost: 1e15, expected: "an energy such as 50kJ or 0.2kWh")
        if search.optional("watts_per_slot") != nil {
            guard limits.joules != nil else {
                throw search.error("watts_per_slot", "has a meaning only beside energy")
            }
            limits.wattsPerSlot = try search.number("watts_per_slot", in: 0...100_000, above: true)
        }
        limits.stoppingRule = try search.object("stop").map(StoppingRule.init)
        return limits
    }

    private static func amount(
        _ key: String, _ search: inout JSONObjectReader, _ units: [String: Double], atMost limit: Double,
        expected: String
    ) throws(InputError) -> Double? {
        guard let value = search.optional(key) else { return nil }
        guard let amount = value.string.flatMap({ Quantity.value(of: $0, in: units) }), amount > 0,
            amount <= limit
        else {
            throw search.error(
                key, "expected \(expected), found \(JSONObjectReader.name(of: value))",
                try: value.number.map {
                    "\(key): \(JSON.number($0).canonicalText)\(units["s"] == nil ? "J" : "s")"
                })
        }
        return amount
    }
}
