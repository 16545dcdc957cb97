public import Experiments
import Foundation

/// A tree-structured Parzen estimator for several objectives (Ozaki et al.
/// 2022, "Multiobjective tree-structured Parzen estimator", JAIR 73; settings
/// after Watanabe 2023, arXiv 2304.11127): proposals are likely under the
/// density of the good trials and unlikely under that of the others.
public struct TPEStrategy: Strategy {
    /// See `Strategy`.
    public let name = "tpe"
    /// See `Strategy`.
    public let version = 1
    var settings: Settings

    package struct Settings: Sendable {
        package var founders = 10
        package var candidates = 64
        package var share = 0.15
        package var largest = 25
        package var exponent = 1.0
        package var floor = 0.1
        package var joint = 0.5
        package var factorGood = 0.2
        package var factorBad = 0.2
        package var smallest = 0.01
        package var change = 0.5
        package var smallestChange = 0.05
        package var costs = true
        package var jointBandwidth = true
        package init() {}
    }

    public init() { settings = Settings() }
    package init(_ settings: Settings) { self.settings = settings }

    /// See `Strategy`.
    public func propose(_ context: ProposalContext) throws(InputError) -> Proposal? {
        guard context.visible.count >= settings.founders else { return try SobolStrategy().propose(context) }
        let layout = SpaceLayout(context.space)
        let split = TPESplit(
            context,
            goodCount: { count in
                min(
                    max(Int((settings.share * pow(Double(count), settings.exponent)).rounded(.up)), 2),
                    settings.largest)
            }, enough: settings.founders, floor: settings.floor)
        guard split.good.count >= 2 else { return try SobolStrategy().propose(context) }
        let features = AssignmentFeatures(layout)
        var bandwidth = KernelMixture.Bandwidth(
            factor: settings.factorGood, smallest: settings.smallest, change: settings.change,
            smallestChange: settings.smallestChange)
        let good = KernelMixture(
            split.good.map(features.vector), weights: split.weights, axes: features.axes,
            bandwidth: bandwidth, isJoint: settings.jointBandwidth)
        bandwidth.factor = settings.factorBad
        let bad = KernelMixture(
            split.bad.map(features.vector), weights: split.bad.map { _ in 1 }, axes: features.axes,
            bandwidth: bandwidth, isJoint: settings.jointBandwidth)
        var generator = SeededGenerator(seed: context.seed, purpose: "tpe", UInt64(context.number))
        let variation = Variation(context.space)
        var scored: [(score: Double, assignment: Assignment)] = []
        for _ in 0..<settings.candidates {
            let draw = draw(from: good, split, features, variation, &generator)
            let vector = features.vector(of: draw)
            var score = 0.0
            if settings.joint > 0 {
                score += settings.joint * (good.jointLogDensity(of: vector) - bad.jointLogDensity(of: vector))
            }
            if settings.joint < 1 {
                score +=
                    (1 - settings.joint)
                    * (good.independentLogDensity(of: vector) - bad.independentLogDensity(of: vector))
            }
            scored.append((score, draw))
        }
        let order = scored.indices.sorted { (-scored[$0].score, $0) < (-scored[$1].score, $1) }
        var best: (violation: Double, proposal: Proposal)?
        for index in order {
            let point = try SpacePoint(scored[index].assignment, in: context.space)
            guard context.isNew(point), context.isMeaningful(point) else { continue }
            let violation = context.violation(of: point)
            let proposal = Proposal(assignment: point.assignment, configuration: point.json)
            if violation == 0 { return proposal }
            if violation < best?.violation ?? .infinity { best = (violation, proposal) }
        }
        if let best { return best.proposal }
        return try SobolStrategy().propose(context)
    }

    private func draw(
        from good: KernelMixture, _ split: TPESplit, _ features: AssignmentFeatures, _ variation: Variation,
        _ generator: inout SeededGenerator
    ) -> Assignment {
        let index = good.draw(&generator)
        let layout = features.layout
        var assignment: Assignment
        if layout.sizes.isEmpty {
            assignment = [:]
        } else if let index {
            let other = split.good[generator.index(below: split.good.count)]
            assignment = layout.assignment(
                of: variation.pattern(of: split.good[index], other, &generator))
        } else {
            var draws = PriorDraws(generator)
            assignment = layout.assignment(of: SizePrior(layout: layout).pattern(&draws))
            generator = draws.generator
        }
        let places = Dictionary(uniqueKeysWithValues: layout.settings.enumerated().map { ($1.name, $0) })
        layout.complete(&assignment, &generator) { setting, assignment, generator in
            guard let place = places[setting.name] else { return setting.domain.sample(&generator) }
            let coordinate = good.draw(features.settingsStart + place, near: index, &generator)
            return features.value(of: place, at: coordinate, given: assignment)
        }
        return assignment
    }
}
