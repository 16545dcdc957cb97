/// What ends a search before its trials are all proposed.
///
/// Limits decide how many proposals there are and never which, so they are no
/// part of a study's identity, and may grow.
public struct SearchLimits: Sendable, Hashable {
    /// Seconds in which some trial is trained, pauses of under a minute
    /// between trials included; nil without limit.
    public var wallSeconds: Double?
    /// Joules of all training; nil without limit.
    public var joules: Double?
    /// What a slot is taken to draw while it trains, where a trial does not
    /// report its energy: watts, above 0.
    public var wattsPerSlot: Double
    /// Nil without one.
    public var stoppingRule: StoppingRule?

    /// What CodeCarbon takes a thread of an unknown processor to draw.
    public static let defaultWattsPerSlot = 4.0
    /// The budget in trials of a study file that has another one and names
    /// none.
    public static let defaultTrials = 10_000

    /// Limits as given; none by default.
    public init(
        wallSeconds: Double? = nil, joules: Double? = nil, wattsPerSlot: Double = defaultWattsPerSlot,
        stoppingRule: StoppingRule? = nil
    ) {
        self.wallSeconds = wallSeconds
        self.joules = joules
        self.wattsPerSlot = wattsPerSlot
        self.stoppingRule = stoppingRule
    }

    /// Whether a clock or a meter has to be read for them.
    public var areMeasured: Bool { wallSeconds != nil || joules != nil }

    /// The first that another one has smaller, by its key in a study file; nil
    /// where the other ones permit at least as much.
    public func shrunk(in other: SearchLimits) -> String? {
        if (other.wallSeconds ?? .infinity) < wallSeconds ?? .infinity { return "wall_time" }
        if (other.joules ?? .infinity) < joules ?? .infinity { return "energy" }
        if other.joules != nil, other.wattsPerSlot > wattsPerSlot { return "watts_per_slot" }
        guard let rule = other.stoppingRule else { return nil }
        guard let before = stoppingRule else { return "stop" }
        return rule.patience < before.patience || rule.improvementBelow > before.improvementBelow
            ? "stop" : nil
    }
}

extension SearchLimits {
    /// Nil where there is no limit.
    public var json: JSON? {
        var members: [String: JSON] = [:]
        if let wallSeconds { members["wall_time"] = .number(wallSeconds) }
        if let joules {
            members["energy"] = .number(joules)
            members["watts_per_slot"] = .number(wattsPerSlot)
        }
        members["stop"] = stoppingRule?.json
        return members.isEmpty ? nil : .object(members)
    }

    /// Reads limits back.
    public init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        func amount(_ key: String) throws(InputError) -> Double? {
            guard reader.optional(key) != nil else { return nil }
            return try reader.number(key, in: 0...Double.greatestFiniteMagnitude, above: true)
        }
        self.init(
            wallSeconds: try amount("wall_time"), joules: try amount("energy"),
            wattsPerSlot: try amount("watts_per_slot") ?? Self.defaultWattsPerSlot,
            stoppingRule: try reader.object("stop").map(StoppingRule.init))
        try reader.finish()
    }
}
