import Experiments
import Synchronization

/// The undisturbed studies with one worker, which all others must equal.
public final class References: Sendable {
    private let records = Mutex<[String: StudyRecord]>([:])

    public init() {}

    /// What a study must come to that ended after so many trials: a study that
    /// was cut is one with a smaller budget.
    func record(of study: String, trials: Int) throws -> StudyRecord {
        let key = "\(study) \(trials)"
        if let known = records.withLock({ $0[key] }) { return known }
        let outcome = Simulation(seed: 0, options: SimulationOptions(undisturbed: study, slots: 1))
            .run(try SimulatedStudies.study(study, trials: trials))
        if let violation = outcome.violation {
            throw InputError("reference '\(study)'", reason: violation)
        }
        records.withLock { $0[key] = outcome.record }
        return outcome.record
    }
}

extension Simulation {
    /// Runs the study that the options name, and compares it with the
    /// undisturbed one.
    public func run(against references: References) throws -> Outcome {
        let study = try SimulatedStudies.study(options.study)
        var outcome = run(study)
        guard outcome.violation == nil else { return outcome }
        // What a stop at once left out nobody can foresee, and where its rungs or
        // what follows from trials was decided twice, neither the numbers.
        guard let stored = outcome.stored, stored.cut?.reason != .stopNow else { return outcome }
        if stored.hasGrown, study.search.rungs.count > 1 || study.search.derived > 0 { return outcome }
        let reference = try references.record(
            of: options.study, trials: stored.cut?.trials ?? study.search.trials)
        outcome.violation = outcome.record.difference(from: reference, inOtherOrder: stored.hasGrown)
        return outcome
    }
}
