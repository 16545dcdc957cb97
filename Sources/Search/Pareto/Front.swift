public import Experiments

/// The front of a study as its trials stand: what readers show.
public struct Front: Sendable {
    /// By number.
    public var members: [Trial]
    /// The same with means over seeds where those decided about the front.
    public var scored: [Trial]
    /// By the study's rule, 0 ... 1; nil while the rule's references are not
    /// known.
    public var hypervolume: Double?
    /// What bounds the hypervolume, an entry per objective, where known.
    public var references: [Objective.Reference]?

    /// The front of all finished trials of `trials`, whatever virtual time has
    /// passed, as far as their replicates go.
    public static func current(of study: Study, trials: [Trial]) -> Front {
        let replication = FrontReplication(of: study, trials: trials)
        let numbers = Set(replication.members)
        func members(of trials: [Trial]) -> [Trial] {
            trials.filter { numbers.contains($0.number) }.sorted { $0.number < $1.number }
        }
        let scored = members(of: replication.trials)
        let rule = HypervolumeRule(for: study)
        let references = rule.references(from: replication.trials)
        return Front(
            members: members(of: trials), scored: scored,
            hypervolume: rule.hypervolume(of: scored, references: references), references: references)
    }

    /// The same from what `TrialSelection.front` selects of a stored study.
    ///
    /// What means over seeds made of a search that is over is taken as it is
    /// stored: it may hold trials that were dominated before.
    /// - Parameter newest: what `StudyStore.newestFronts` gives.
    public static func current(
        of stored: StoredStudy, newest: [FrontVersion], candidates: [Trial]
    ) -> Front {
        let study = stored.study
        guard stored.state != .running, let last = newest.last, last.isReplicated else {
            return current(of: study, trials: candidates)
        }
        let numbers = Set(last.members)
        let members = candidates.filter { numbers.contains($0.number) }
        return Front(
            members: members, scored: members.map(\.averaged), hypervolume: last.hypervolume,
            references: HypervolumeRule(for: study).references(from: candidates.map(\.averaged)))
    }
}
