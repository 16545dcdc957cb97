import Experiments

/// The versions of a study's front, made in virtual order.
///
/// Offering a trial that the front already reflects changes nothing, so after
/// a crash, or when the budget grew, all completions are simply offered again
/// to the last stored version. What means over seeds then made of it is not
/// the search's: a budget that grew goes on from the version before.
struct FrontHistory: Sendable {
    private(set) var front: ParetoFront
    /// How many completions have been offered.
    private(set) var offered = 0
    /// The newest, whether the search or replicates made it.
    private var last: FrontVersion?
    let rule: HypervolumeRule
    private let lastRung: Int

    init(_ study: Study) {
        lastRung = study.search.rungs.count - 1
        front = ParetoFront(of: study)
        rule = HypervolumeRule(for: study)
    }

    mutating func resume(from versions: [FrontVersion], trials: [Trial]) {
        last = versions.max { $0.version < $1.version }
        let searched = versions.filter { !$0.isReplicated }.max { $0.version < $1.version }
        for number in searched?.members ?? [] where trials.indices.contains(number) {
            front.offer(trials[number])
        }
    }

    /// The next virtual completion; below the last rung it changes nothing.
    /// - Parameter derived: numbers of what was derived from the trial.
    /// - Returns: a version for each of them that changed the front.
    mutating func offer(_ unit: TrainingUnit, with derived: [Int], _ trials: [Trial]) -> [FrontVersion] {
        offered += 1
        return unit.rung == lastRung ? ([unit.trial] + derived).compactMap { offer($0, trials) } : []
    }

    /// Trials that are done without having been offered: provisional
    /// promotions of a smaller budget led them there.
    mutating func offerRest(of trials: [Trial]) -> [FrontVersion] {
        trials.filter { $0.state == .done }.compactMap { offer($0.number, trials) }
    }

    private mutating func offer(_ number: Int, _ trials: [Trial]) -> FrontVersion? {
        guard front.offer(trials[number]) else { return nil }
        let version = FrontVersion(
            version: nextVersion, members: front.members, hypervolume: hypervolume(at: number, trials),
            cause: number)
        last = version
        return version
    }

    private var nextVersion: Int { (last?.version ?? 0) + 1 }

    /// Adds what means over seeds made of the front, unless the newest version
    /// is that already.
    mutating func append(_ members: [Int], hypervolume: Double?, cause: Int) -> FrontVersion? {
        if let last, last.isReplicated, last.members == members, last.hypervolume == hypervolume {
            return nil
        }
        last = FrontVersion(
            version: nextVersion, members: members, hypervolume: hypervolume, cause: cause,
            isReplicated: true)
        return last
    }

    /// With the references that were known when the cause had virtually
    /// finished.
    private func hypervolume(at cause: Int, _ trials: [Trial]) -> Double? {
        let now = (trials[trials[cause].parent ?? cause].finish, cause)
        let references = rule.references(from: trials.lazy.filter { ($0.finish, $0.number) <= now })
        return rule.hypervolume(of: front.members.map { trials[$0] }, references: references)
    }
}

extension Trial {
    /// When the last of its rungs so far virtually finishes.
    fileprivate var finish: Int { rungs[rungs.count - 1].span.finish }
}
