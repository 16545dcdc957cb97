import Experiments
import TestSupport

/// What must hold of a study's rows when it is complete: I1 to I5 and I8 of
/// the decision record. I6 and I7 are `StudyRecord.difference`, I9 is the
/// simulation's own patience.
struct EndChecker {
    let model: StoreModel
    let history: HistoryChecker
    let stored: StoredStudy
    let isDisturbed: Bool

    func violation() -> String? {
        guard stored.state == .complete else { return "the study is \(stored.state.rawValue)" }
        for trial in model.trials(of: stored.id) {
            if let violation = violation(of: trial) { return "trial \(trial.number): \(violation)" }
        }
        return nil
    }

    private func violation(of trial: Trial) -> String? {
        guard trial.state.isFinal else { return "is left \(trial.state.rawValue)" }
        guard trial.parent == nil else { return nil }
        let attempts = model.attempts(at: trial.number, of: stored.id)
        guard attempts.map(\.number) == Array(1..<attempts.count + 1) else {
            return "attempts are numbered \(attempts.map(\.number))"
        }
        if let open = attempts.first(where: { $0.outcome == "running" }) {
            return "attempt \(open.number) is left running"
        }
        if let difference = history.difference(from: attempts, at: trial.number, of: stored.id) {
            return difference
        }
        let units = Dictionary(grouping: attempts) { WorkUnit(rung: $0.rung, purpose: $0.purpose) }
        for (unit, tries) in units.sorted(by: { $0.key.rung < $1.key.rung }) {
            let finished = tries.filter { $0.outcome == "finished" }
            guard finished.count <= 1 else { return "\(unit) was finished \(finished.count) times" }
            if !isDisturbed, let odd = tries.first(where: { ["lost", "given_back"].contains($0.outcome) }) {
                return "attempt \(odd.number) was \(odd.outcome) though nothing was disturbed"
            }
            if let violation = finished.first.flatMap({ reports(of: $0, at: trial) }) { return violation }
        }
        return value(of: trial) ?? ending(of: trial, attempts)
    }

    private struct WorkUnit: Hashable {
        var rung: Int
        var purpose: WorkPurpose
    }

    /// I3.
    private func reports(of winner: Attempt, at trial: Trial) -> String? {
        let seed =
            winner.purpose == .replicate
            ? trial.replicates.first { $0.number == winner.rung }?.seed ?? 0 : trial.seed
        let steps = winner.reports.map(\.step)
        return steps == Array(1...SimulatedTraining.steps(seed: seed))
            ? nil : "attempt \(winner.number) won with reports of steps \(steps)"
    }

    /// I4: pure recomputation.
    private func value(of trial: Trial) -> String? {
        for (rung, reached) in trial.rungs.enumerated() where !reached.measurements.isEmpty {
            let expected = try? SimulatedTraining.metrics(
                of: trial.configuration, seed: trial.seed, rung: rung, in: stored.study)
            for (name, value) in expected ?? [:] {
                let found = reached.measurements.first { $0.name == name }?.value
                if found != value { return "\(name) at rung \(rung) is \(found ?? .nan), not \(value)" }
            }
        }
        return nil
    }

    /// I8: who fails is at fault, and poison fails by the limit of crashes.
    private func ending(of trial: Trial, _ attempts: [Attempt]) -> String? {
        let rungs = stored.study.search.rungs.count
        let fate = (0...trial.rung).map { SimulatedTraining.fate(seed: trial.seed, rung: $0, rungs: rungs) }
            .first { $0 != .measures }
        let crashes = attempts.count { $0.purpose == .train && $0.outcome == "crashed" }
        switch fate {
        case _ where trial.state == .cancelled: return nil
        case .crashes:
            guard trial.failure?.reason == .crashed, crashes == 3 else {
                return "is poison, and ended as \(trial.state.rawValue) after \(crashes) crashes"
            }
        case .diverges:
            guard trial.failure?.reason == .diverged else { return "should have diverged" }
        case .measures, nil:
            if let failure = trial.failure { return "is innocent and failed as \(failure.reason.rawValue)" }
        }
        return nil
    }
}
