/// A measurement to make large or small.
public struct Objective: Sendable, Hashable {
    public enum Direction: String, Sendable, Hashable, CaseIterable {
        case maximize, minimize
    }

    public var metric: String
    public var direction: Direction
    /// What bounds the hypervolume: the worst and the best value that count,
    /// and whether the axis is linear or in log10. Nil takes the stored rule
    /// (quality from the majority predictor to 1; counts and times in log10
    /// from head only to full fine-tuning).
    public var reference: Reference?

    public struct Reference: Sendable, Hashable {
        public var worst: Double
        public var best: Double
        public var isLogarithmic: Bool

        public init(worst: Double, best: Double, isLogarithmic: Bool) {
            self.worst = worst
            self.best = best
            self.isLogarithmic = isLogarithmic
        }
    }

    public init(metric: String, direction: Direction, reference: Reference? = nil) {
        self.metric = metric
        self.direction = direction
        self.reference = reference
    }
}

/// A measurement that must stay within a bound: `latency_ms <= 5`, or
/// `exportable_as contains peft`.
public struct Constraint: Sendable, Hashable, CustomStringConvertible {
    public enum Comparison: String, Sendable, Hashable, CaseIterable {
        case atMost = "<="
        case atLeast = ">="
    }

    public var metric: String
    public var comparison: Comparison
    public var bound: Double

    public init(metric: String, comparison: Comparison, bound: Double) {
        self.metric = metric
        self.comparison = comparison
        self.bound = bound
    }

    /// By how much a value breaks the bound; 0 when it holds.
    public func violation(_ value: Double) -> Double {
        switch comparison {
        case .atMost: max(0, value - bound)
        case .atLeast: max(0, bound - value)
        }
    }

    public var description: String {
        if let exportFormat { return "exportable_as contains \(exportFormat.rawValue)" }
        return "\(metric) \(comparison.rawValue) \(JSON.number(bound).canonicalText)"
    }
}
