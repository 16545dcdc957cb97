import Foundation
public import Experiments

/// What bounds a study's hypervolume, so that its numbers mean the same
/// throughout the study and can be compared between searches of it.
///
/// An objective's own `reference` comes first. In a native study quality then
/// runs linearly from what a constant predictor reaches (accuracy: the share of
/// the most frequent label; correlations and span F1: 0) to 1, and counts and
/// times run in log10 from full fine-tuning to head only: exact ones
/// computed, with the smallest head that the space permits, so that nothing
/// small is cut off; observed ones as the baselines `full` and `head_only`
/// recorded them. Any other objective has no rule, and the study no
/// hypervolume.
public struct HypervolumeRule: Sendable {
    private enum Source: Sendable {
        case known(Objective.Reference)
        /// From the recorded baselines, in log10.
        case baselines
        case none
    }

    private let objectives: [Objective]
    private let sources: [Source]

    /// The rule of a study.
    public init(for study: Study) {
        objectives = study.objectives
        sources = study.objectives.map { Self.source(of: $0, in: study) }
    }

    /// Each objective's bounds, or nil while one is not known.
    /// - Parameter trials: where the baselines are looked up.
    public func references(from trials: some Collection<Trial>) -> [Objective.Reference]? {
        var references: [Objective.Reference] = []
        for (objective, source) in zip(objectives, sources) {
            let reference: Objective.Reference? =
                switch source {
                case .known(let known): known
                case .baselines: Self.recorded(objective, trials)
                case .none: nil
                }
            guard let reference, Self.isUsable(reference, for: objective) else { return nil }
            references.append(reference)
        }
        return references
    }

    /// The hypervolume of the members, 0 ... 1, or nil while the references
    /// are not known.
    public func hypervolume(of members: [Trial], references: [Objective.Reference]?) -> Double? {
        guard let references else { return nil }
        return Hypervolume.unit(members.compactMap { unitPoint(of: $0, references) })
    }

    /// The objectives of a trial between the best (0) and the worst (1) that
    /// count, clipped; nil without all of them.
    func unitPoint(of trial: Trial, _ references: [Objective.Reference]) -> [Double]? {
        let point = zip(objectives, references).compactMap { objective, reference in
            trial.value(of: objective.metric).map(reference.position)
        }
        return point.count == objectives.count ? point : nil
    }

    private static func source(of objective: Objective, in study: Study) -> Source {
        if let reference = reference(of: objective, Costs(of: study), in: study.space) {
            return .known(reference)
        }
        let isObserved = MeasurementName.kind(of: objective.metric) == .observed
        return isObserved && Costs(of: study) != nil ? .baselines : .none
    }

    /// The bounds that are known before any trial.
    /// - Parameter costs: of a native space.
    static func reference(
        of objective: Objective, _ costs: Costs?, in space: SearchSpace
    ) -> Objective.Reference? {
        if let reference = objective.reference { return reference }
        guard let costs else { return nil }
        if let constant = costs.data.constantQuality(of: objective.metric) {
            return directed(objective, usually: .maximize, from: constant, to: 1, isLogarithmic: false)
        }
        return costReference(of: objective, costs, in: space) {
            costs.exactValue(of: objective.metric, for: $0)
        }
    }

    /// From full fine-tuning to the smallest head, in log10.
    static func costReference(
        of objective: Objective, _ costs: Costs, in space: SearchSpace, value: (Configuration) -> Double?
    ) -> Objective.Reference? {
        let full = Baselines.adapted(Baselines.full(costs.shape), to: space)
        guard let worst = value(full), let best = value(Baselines.smallestHead(in: space)) else { return nil }
        return directed(objective, usually: .minimize, from: worst, to: best, isLogarithmic: true)
    }

    private static func recorded(
        _ objective: Objective, _ trials: some Collection<Trial>
    ) -> Objective.Reference? {
        func value(_ label: String) -> Double? {
            trials.first { $0.label == label && $0.state == .done }?.value(of: objective.metric)
        }
        guard let worst = value(Baselines.fullLabel), let best = value(Baselines.headOnlyLabel) else {
            return nil
        }
        return directed(objective, usually: .minimize, from: worst, to: best, isLogarithmic: true)
    }

    /// Turned round for an objective against the usual sense.
    private static func directed(
        _ objective: Objective, usually: Objective.Direction, from worst: Double, to best: Double,
        isLogarithmic: Bool
    ) -> Objective.Reference {
        let isUsual = objective.direction == usually
        return Objective.Reference(
            worst: isUsual ? worst : best, best: isUsual ? best : worst, isLogarithmic: isLogarithmic)
    }

    /// An axis without length, or turned against the objective (two observed
    /// baselines that noise has swapped), bounds nothing.
    static func isUsable(_ reference: Objective.Reference, for objective: Objective) -> Bool {
        let isPositive = reference.worst > 0 && reference.best > 0
        return reference.worst.isFinite && reference.best.isFinite
            && objective.minimized(reference.best) < objective.minimized(reference.worst)
            && (!reference.isLogarithmic || isPositive)
    }
}

extension Objective.Reference {
    /// Where a value lies between the best (0) and the worst (1), clipped.
    func position(_ value: Double) -> Double {
        guard isLogarithmic else { return Self.clipped((value - best) / (worst - best)) }
        guard value > 0 else { return best < worst ? 0 : 1 }
        return Self.clipped((log10(value) - log10(best)) / (log10(worst) - log10(best)))
    }

    private static func clipped(_ share: Double) -> Double { min(max(share, 0), 1) }
}
