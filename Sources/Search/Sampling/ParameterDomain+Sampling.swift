import Experiments
import Foundation

extension ParameterDomain {
    /// A value by the domain's scale: log-uniform, uniform, or any of a list.
    func sample(_ generator: inout SeededGenerator) -> JSON {
        switch self {
        case .integer(let lower, let upper, .linear):
            .integer(upper > lower ? Int.random(in: lower...upper, using: &generator) : lower)
        case .integer, .real: value(at: generator.uniform())
        case .choice(let values), .levels(let values):
            values[generator.index(below: values.count)]
        }
    }

    /// A value near another one: a normal step of 15 % of the range on the
    /// domain's scale, a neighbouring level, or another choice. The same value
    /// only where there is no other.
    func step(from value: JSON, _ generator: inout SeededGenerator) -> JSON {
        switch self {
        case .integer(let lower, let upper, let scale):
            return .integer(Self.step(value.integer ?? lower, lower, upper, scale, &generator))
        case .real(let lower, let upper, let scale):
            let position = Self.position(of: value.number ?? lower, lower, upper, scale)
            let moved = min(max(position + 0.15 * generator.normal(), 0), 1)
            return .number(Self.value(at: moved, lower, upper, scale))
        case .levels(let values):
            let index = values.firstIndex(of: value) ?? 0
            let next = generator.uniform() < 0.5 ? index - 1 : index + 1
            return values[
                values.indices.contains(next) ? next : min(max(2 * index - next, 0), values.count - 1)]
        case .choice(let values):
            let others = values.filter { $0 != value }
            return others.isEmpty ? value : others[generator.index(below: others.count)]
        }
    }

    /// Where a value stands on the domain's scale, 0 ... 1: whole numbers and
    /// list entries in the middle of their share of it, so that `value(at:)`
    /// finds them again. The order of a choice's values means nothing.
    func position(of value: JSON) -> Double {
        switch self {
        case .integer(let lower, let upper, .linear):
            (Double(value.integer ?? lower) - Double(lower) + 0.5) / (Double(upper) - Double(lower) + 1)
        case .integer(let lower, let upper, .log2):
            log((Double(value.integer ?? lower) + 0.5) / Double(lower))
                / log((Double(upper) + 1) / Double(lower))
        case .real(let lower, let upper, let scale):
            Self.position(of: value.number ?? lower, lower, upper, scale)
        case .choice(let values), .levels(let values):
            (Double(values.firstIndex(of: value) ?? 0) + 0.5) / Double(max(values.count, 1))
        }
    }

    /// The value at a position of the domain's scale.
    /// - Parameter position: 0 ... 1.
    func value(at position: Double) -> JSON {
        switch self {
        case .integer(let lower, let upper, .linear):
            .integer(
                Self.whole(
                    Double(lower) + position * (Double(upper) - Double(lower) + 1), lower, upper))
        case .integer(let lower, let upper, .log2):
            // Each whole number stands for the unit of its scale above it.
            .integer(
                Self.whole(
                    Self.exponential(position, from: Double(lower), to: Double(upper) + 1), lower, upper))
        case .real(let lower, let upper, let scale): .number(Self.value(at: position, lower, upper, scale))
        case .choice(let values), .levels(let values):
            values[min(max(Int(position * Double(values.count)), 0), values.count - 1)]
        }
    }

    private static func step(
        _ value: Int, _ lower: Int, _ upper: Int, _ scale: IntegerScale, _ generator: inout SeededGenerator
    ) -> Int {
        guard upper > lower else { return lower }
        let isUp = generator.uniform() < 0.5
        let size = abs(generator.normal()) * 0.15
        let (low, high) = (Double(lower), Double(upper))
        let moved =
            scale == .log2
            ? Double(value) * exp2((isUp ? size : -size) * log2(high / low))
            : Double(value) + (isUp ? size : -size) * (high - low)
        let next = whole(moved.rounded(), lower, upper)
        if next != value { return next }
        return value == lower ? lower + 1 : value == upper || !isUp ? value - 1 : value + 1
    }

    private static func value(
        at position: Double, _ lower: Double, _ upper: Double, _ scale: RealScale
    ) -> Double {
        legible(
            scale == .log
                ? exponential(position, from: lower, to: upper) : lower + position * (upper - lower),
            lower, upper)
    }

    /// Within the bounds, with six significant digits unless the range is too
    /// narrow for them: for people, and so that the last bit of a machine's
    /// `exp` and `log` does not make another configuration.
    static func legible(_ value: Double, _ lower: Double, _ upper: Double) -> Double {
        let isNarrow = upper - lower < 1e-3 * max(abs(lower), abs(upper))
        let rounded = isNarrow ? value : Double(String(format: "%.5e", value)) ?? value
        return min(max(rounded, lower), upper)
    }

    private static func position(of value: Double, _ lower: Double, _ upper: Double, _ scale: RealScale)
        -> Double
    {
        guard upper > lower else { return 0 }
        return scale == .log
            ? (log(value) - log(lower)) / (log(upper) - log(lower)) : (value - lower) / (upper - lower)
    }

    private static func exponential(_ position: Double, from lower: Double, to upper: Double) -> Double {
        // Of quotients, one of a wide range overflows.
        exp(log(lower) + position * (log(upper) - log(lower)))
    }

    private static func whole(_ value: Double, _ lower: Int, _ upper: Int) -> Int {
        if !(value > Double(lower)) { return lower }
        return value >= Double(upper) ? upper : Int(value)
    }
}
