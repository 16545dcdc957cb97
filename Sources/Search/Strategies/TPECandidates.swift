import Experiments

/// The two densities of a tree-structured Parzen estimator, and the candidates
/// that come from the better one.
struct TPECandidates: Sendable {
    private let split: TPESplit
    private let features: AssignmentFeatures
    private let variation: Variation
    private let good: KernelMixture
    private let bad: KernelMixture
    private let places: [String: Int]

    private static let childShare = 0.5
    /// How many other candidates of a native space have sizes from the prior.
    private static let freshShare = 0.2

    init(_ split: TPESplit, in layout: SpaceLayout) {
        self.split = split
        let features = AssignmentFeatures(layout)
        self.features = features
        variation = Variation(layout)
        good = KernelMixture(split.good.map(features.vector), weights: split.weights, axes: features.axes)
        bad = KernelMixture(
            split.bad.map(features.vector), weights: split.bad.map { _ in 1 }, axes: features.axes)
        places = Dictionary(layout.settings.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    /// The logarithm of how much likelier an assignment is among the good ones.
    func score(_ assignment: Assignment) -> Double {
        let vector = features.vector(of: assignment)
        return good.logDensity(of: vector) - bad.logDensity(of: vector)
    }

    /// Half are children of two good trials, which keep most settings as they
    /// are; the others have a child's sizes and all settings near a good
    /// trial's own.
    func draw(_ generator: inout SeededGenerator) -> Assignment {
        let index = good.draw(&generator)
        if let index, generator.uniform() < Self.childShare {
            let other = split.good[good.draw(&generator) ?? index]
            return variation.child(of: split.good[index], other, &generator)
        }
        var assignment = features.layout.assignment(of: pattern(near: index, &generator))
        features.layout.complete(&assignment, &generator) { setting, assignment, generator in
            guard let place = places[setting.name] else { return setting.domain.sample(&generator) }
            let coordinate = good.draw(features.settingsStart + place, near: index, &generator)
            return features.value(of: place, at: coordinate, given: assignment)
        }
        return assignment
    }

    private func pattern(near index: Int?, _ generator: inout SeededGenerator) -> SizePattern {
        guard !features.layout.sizes.isEmpty else { return [] }
        if let index, generator.uniform() >= Self.freshShare {
            let other = split.good[good.draw(&generator) ?? index]
            return variation.pattern(of: split.good[index], other, &generator)
        }
        var draws = PriorDraws(generator)
        defer { generator = draws.generator }
        return SizePrior(layout: features.layout).pattern(&draws)
    }
}
