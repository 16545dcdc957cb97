import Experiments
import Foundation

/// Which settings to try without knowing anything, given the components that
/// they are for.
enum SettingPrior {
    static func value(
        of parameter: Parameter, given assignment: Assignment, in layout: SpaceLayout,
        _ generator: inout SeededGenerator
    ) -> JSON {
        guard case .native = layout.space.meaning else { return parameter.domain.sample(&generator) }
        switch (parameter.name, parameter.domain) {
        case ("training.learning_rate", .real(let lower, let upper, _)):
            // Priors can be wrong: some draws know nothing of them.
            if generator.uniform() < 0.15 { return parameter.domain.sample(&generator) }
            let rate = learningRate(for: assignment, in: layout, &generator)
            return .number(ParameterDomain.legible(rate, lower, upper))
        case ("training.epochs", .integer(_, let upper, _)):
            // Fewer epochs pay only where time is an objective; most draws train as long as they may.
            return generator.uniform() < 0.8 ? .integer(upper) : parameter.domain.sample(&generator)
        default: return parameter.domain.sample(&generator)
        }
    }

    /// Log-normal around the rates that work for small encoders: 2e-3 for LoRA
    /// and adapters (ten times that of full fine-tuning, whatever the rank),
    /// 4e-3 for vectors and the head, and for unfrozen tensors such that rate
    /// times their scale is 1e-4.
    private static func learningRate(
        for assignment: Assignment, in layout: SpaceLayout, _ generator: inout SeededGenerator
    ) -> Double {
        let components = Set(layout.sizes.filter { assignment[$0.name] != nil }.map(\.place.component))
        let noise = 0.25 * generator.normal()
        if components.contains("unfreeze") {
            let scale = assignment["unfreeze.learning_rate_scale"]?.number ?? 1
            return pow(10, -4 + noise) / scale
        }
        let hasMatrices = !components.isDisjoint(with: ["lora", "bottleneck"])
        return pow(10, (hasMatrices ? -2.7 : -2.4) + noise)
    }
}
