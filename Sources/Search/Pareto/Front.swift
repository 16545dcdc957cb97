public import Experiments

/// The front of a study as its trials stand: what readers show.
public struct Front: Sendable {
    /// By number.
    public var members: [Trial]
    /// By the study's rule, 0 ... 1; nil while the rule's references are not
    /// known.
    public var hypervolume: Double?
    /// What bounds the hypervolume, an entry per objective, where known.
    public var references: [Objective.Reference]?

    /// The front of all finished trials of `trials`, whatever virtual time has
    /// passed.
    public static func current(of study: Study, trials: [Trial]) -> Front {
        var front = ParetoFront(of: study)
        for trial in trials { front.offer(trial) }
        let numbers = Set(front.members)
        let members = trials.filter { numbers.contains($0.number) }.sorted { $0.number < $1.number }
        let rule = HypervolumeRule(for: study)
        let references = rule.references(from: trials)
        return Front(
            members: members, hypervolume: rule.hypervolume(of: members, references: references),
            references: references)
    }
}
