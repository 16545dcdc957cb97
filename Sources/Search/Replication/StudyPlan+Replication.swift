package import Experiments

extension StudyPlan {
    /// The front by means over seeds once the search is over; nil in a study
    /// that does not replicate.
    package var replication: FrontReplication? {
        study.search.replicateFront > 1 ? FrontReplication(of: study, trials: trials) : nil
    }

    /// The version of a replication that misses nothing. It counts as stored,
    /// like decisions; nil where it is, or where nothing could be replicated.
    package mutating func version(of replication: FrontReplication) -> FrontVersion? {
        history.append(replication)
    }
}

extension FrontHistory {
    /// The version of a replication that is complete; nil where the last
    /// version is it already, or nothing could be replicated.
    mutating func append(_ replication: FrontReplication) -> FrontVersion? {
        guard let first = replication.replicated.first else { return nil }
        let changed = Set(front.members).symmetricDifference(replication.members)
        return append(
            replication.members, hypervolume: hypervolume(of: replication), cause: changed.min() ?? first)
    }

    private func hypervolume(of replication: FrontReplication) -> Double? {
        let members = Set(replication.members)
        return rule.hypervolume(
            of: replication.trials.filter { members.contains($0.number) },
            references: rule.references(from: replication.trials))
    }
}
