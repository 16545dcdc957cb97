import Experiments
import Foundation

/// Which settings to try without knowing anything, given the components that
/// they are for.
enum SettingPrior {
    static func value(
        of parameter: Parameter, given assignment: Assignment, in layout: SpaceLayout,
        _ generator: inout SeededGenerator
    ) -> JSON {
        var draws = PriorDraws(generator)
        defer { generator = draws.generator }
        return value(of: parameter, given: assignment, in: layout, &draws)
    }

    static func value(
        of parameter: Parameter, given assignment: Assignment, in layout: SpaceLayout,
        _ draws: inout PriorDraws
    ) -> JSON {
        guard case .native = layout.space.meaning else { return draws.value(of: parameter) }
        switch (parameter.name, parameter.domain) {
        case ("training.learning_rate", .real(let lower, let upper, _)):
            // Priors can be wrong: some draws know nothing of them.
            if draws.uniform(.isUninformed) < 0.15 { return draws.value(of: parameter) }
            let rate = learningRate(for: assignment, in: layout, &draws)
            return .number(ParameterDomain.legible(rate, lower, upper))
        case ("training.epochs", .integer(_, let upper, _)):
            // Fewer epochs pay only where time is an objective; most draws train as long as they may.
            return draws.uniform(.isLong) < 0.8 ? .integer(upper) : draws.value(of: parameter)
        default: return draws.value(of: parameter)
        }
    }

    /// Log-normal around the typical rate.
    private static func learningRate(
        for assignment: Assignment, in layout: SpaceLayout, _ draws: inout PriorDraws
    ) -> Double {
        let noise = 0.25 * draws.normal(.learningRate)
        return typicalLearningRate(for: assignment, in: layout) * pow(10, noise)
    }

    /// The lowest of the rates that the components are known to want (4e-3 for
    /// the head alone); for unfrozen tensors such that rate times their scale is
    /// theirs.
    static func typicalLearningRate(for assignment: Assignment, in layout: SpaceLayout) -> Double {
        let rates = layout.components(in: assignment).compactMap { name in
            Component.method(named: name).map { method in
                method.typicalLearningRate / (assignment["\(name).learning_rate_scale"]?.number ?? 1)
            }
        }
        return rates.min() ?? 4e-3
    }

    /// The logarithm of the prior's density, up to a constant, of what it has
    /// an opinion about: the learning rate and the epochs of a native space.
    static func logDensity(of assignment: Assignment, in layout: SpaceLayout) -> Double {
        guard case .native = layout.space.meaning else { return 0 }
        var density = 0.0
        if let rate = assignment["training.learning_rate"]?.number, rate > 0 {
            let distance = log10(rate / typicalLearningRate(for: assignment, in: layout)) / 0.5
            // A heavy tail: priors can be wrong.
            density -= 2 * log1p(distance * distance / 4)
        }
        let epochs = layout.settings.first { $0.name == "training.epochs" }
        if case .integer(let lower, let upper, _) = epochs?.domain, upper > lower,
            let chosen = assignment["training.epochs"]?.integer, chosen < upper
        {
            density += log(0.25)
        }
        return density
    }
}
