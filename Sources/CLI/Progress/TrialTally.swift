import Experiments
import Search

/// What a display knows of a study's trials: each look reads what is new since
/// the last one, and sums stand for what is over.
struct TrialTally {
    /// Trials that came to rest at the last look, for good or between rungs, by
    /// number.
    private(set) var rested: [Trial] = []
    private let fidelities: Fidelities
    /// Those that may go on, as they were seen last.
    private var open: [Int: Trial] = [:]
    /// The highest number seen.
    private var last: Int?
    private var closedPromotions = 0
    private var closedCost = 0.0

    private static let page = 2000

    init(of study: Study) {
        fidelities = Fidelities(of: study)
    }

    /// How often a trial was let go on to its next rung.
    var promotions: Int { closedPromotions + open.values.reduce(0) { $0 + $1.rungs.count - 1 } }

    /// What all trials have cost, in trainings at full fidelity.
    var trainings: Double { closedCost + fidelities.cost(of: open.values) }

    /// Looks again.
    mutating func refresh(_ study: StudyID, in store: some StudyStore) async throws {
        var seen: [Trial] = []
        let numbers = open.keys.sorted()
        for start in stride(from: 0, to: numbers.count, by: Self.page) {
            let part = Array(numbers[start..<min(start + Self.page, numbers.count)])
            // What waits between rungs may run again.
            seen += try await store.trials(
                of: study, fidelities.areSeveral ? .numbered(part) : .ended(part))
        }
        var new = try await store.trials(of: study, .page(after: last, limit: Self.page))
        while let highest = new.last?.number {
            seen += new
            last = highest
            new = try await store.trials(of: study, .page(after: last, limit: Self.page))
        }
        rested = seen.filter { isNew($0) }
        for trial in seen { note(trial) }
    }

    private func isNew(_ trial: Trial) -> Bool {
        let before = open[trial.number]
        return trial.hasEnded(at: trial.rung)
            && !(before.map { $0.rung == trial.rung && $0.hasEnded(at: $0.rung) } ?? false)
    }

    private mutating func note(_ trial: Trial) {
        guard trial.state.isFinal else {
            open[trial.number] = trial
            return
        }
        open[trial.number] = nil
        closedPromotions += trial.rungs.count - 1
        closedCost += fidelities.cost(of: [trial])
    }
}
