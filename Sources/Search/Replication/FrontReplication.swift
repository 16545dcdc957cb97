public import Experiments

/// The front of a search that is over, by means over seeds: a pure function of
/// the study, its trials and their replicates.
///
/// The members of the searched front are trained from `replicate_front` seeds.
/// Of those, means then take the place of the values of one seed: a lucky
/// member drops out, others enter and are trained from as many, up to
/// `rounds` times. Whoever would enter after the last one is left out, so no
/// member's place rests on one seed; nor does one stay of which every other
/// seed failed. Derived trials were not trained
/// themselves: theirs rests on their own values.
///
/// What was asked for is found anew each time, from the searched front on, and
/// replicates that a smaller budget asked for and this one does not are not
/// looked at.
public struct FrontReplication: Sendable {
    /// Of asking for replicates.
    public static let rounds = 3

    /// Ascending trial numbers; while results are missing, those of the round
    /// before.
    public private(set) var members: [Int]
    /// What is needed to go on: replicates that have not ended, by trial and
    /// number.
    public private(set) var missing: [RequestedReplicate] = []
    /// The trials, those whose means count with them in the place of their
    /// measurements.
    public private(set) var trials: [Trial]
    /// The trials whose means count, ascending.
    public private(set) var replicated: [Int] = []

    /// Goes as far as the results of the trials permit.
    public init(of study: Study, trials: [Trial]) {
        self.trials = trials
        members = Self.front(of: study, trials)
        guard study.search.replicateFront > 1 else { return }
        // Those that may be asked for, by place among the proposals.
        let proposed = trials.filter { $0.parent == nil }
        for _ in 0..<Self.rounds {
            let counted = Set(replicated)
            let entered = proposed.enumerated().filter { _, trial in
                members.contains(trial.number) && !counted.contains(trial.number)
            }
            guard !entered.isEmpty else { return }
            missing = entered.flatMap { Self.missing(of: $1, ordinal: $0, in: study) }
            guard missing.isEmpty else { return }
            let numbers = Set(entered.map(\.element.number))
            replicated = counted.union(numbers).sorted()
            self.trials = self.trials.map { numbers.contains($0.number) ? $0.averaged : $0 }
            members = Self.front(of: study, self.trials.filter { !isOneSeeded($0) })
        }
        let counted = Set(replicated)
        members = Self.front(
            of: study,
            self.trials.filter {
                $0.parent != nil || (counted.contains($0.number) && !isOneSeeded($0))
            })
    }

    /// Whether it has been trained from other seeds and all of them failed.
    private func isOneSeeded(_ trial: Trial) -> Bool {
        replicated.contains(trial.number) && trial.replicates.allSatisfy { $0.computeClass == nil }
    }

    /// Seeds initialisation and dropout of a replicate: of the study, the
    /// trial's place among the proposals and the replicate's number alone. In
    /// 0 ... 2^53 - 1, which every JSON reader keeps.
    package static func seed(of number: Int, ordinal: Int, in study: Study) -> UInt64 {
        var generator = SeededGenerator(
            seed: study.seed, purpose: "replicate", UInt64(ordinal), UInt64(number))
        return generator.next() >> 11
    }

    private static func front(of study: Study, _ trials: [Trial]) -> [Int] {
        var front = ParetoFront(of: study)
        for trial in trials { front.offer(trial) }
        return front.members
    }

    private static func missing(of trial: Trial, ordinal: Int, in study: Study) -> [RequestedReplicate] {
        (1..<study.search.replicateFront).filter { number in
            !trial.replicates.contains { $0.number == number && $0.hasEnded }
        }.map {
            RequestedReplicate(
                trial: trial.number, number: $0, seed: seed(of: $0, ordinal: ordinal, in: study))
        }
    }
}
