import Experiments

/// One training of a study's record that is done again, and the trials or the
/// replicate whose record is compared with it.
struct ReplayTask: Sendable {
    /// The one that trained.
    let trial: Trial
    /// Nil for the trial's own seed.
    let replicate: Replicate?
    /// The trial itself, what was derived from it, or both; ascending.
    let compared: [Trial]
    /// Of the trial that trained.
    let attempts: [Attempt]

    /// A training by its parts.
    /// - Throws: when the record has nothing that a machine could repeat.
    init(
        _ trial: Trial, replicate: Replicate? = nil, comparing compared: [Trial], attempts: [Attempt],
        of study: String
    ) throws(InputError) {
        self.trial = trial
        self.replicate = replicate
        self.compared = compared
        self.attempts = attempts
        let name = "\(study) \(trial.number)"
        if let replicate {
            guard replicate.hasEnded else {
                throw InputError(name, reason: "replicate \(replicate.number) has not ended")
            }
        } else if trial.failure == nil, measuredRungs.isEmpty {
            throw InputError(
                name, reason: "is \(trial.state.rawValue); what has not been measured cannot be compared")
        }
        if let failure = replicate == nil ? trial.failure : replicate?.failure, !failure.reason.isFinal {
            throw InputError(
                name,
                reason:
                    "failed (\(failure.reason.rawValue)), which depends on machines and not on its record")
        }
    }

    var seed: UInt64 { replicate?.seed ?? trial.seed }

    /// Why there is no result, if there is none.
    var failure: TrialFailure? { replicate == nil ? trial.failure : replicate?.failure }

    /// The rungs that the trial was measured at.
    var measuredRungs: [Int] { trial.rungs.indices.filter { !trial.rungs[$0].measurements.isEmpty } }

    /// The last rung to train to; nil for the study's last.
    var lastRung: Int? { replicate == nil ? (trial.failure == nil ? measuredRungs.last : trial.rung) : nil }

    /// What the winning attempt at a rung left; nil where none is stored.
    func record(at rung: Int) -> AttemptRecord? {
        attempts.first { attempt in
            attempt.outcome == "finished" && attempt.rung == (replicate?.number ?? rung)
                && attempt.purpose == (replicate == nil ? .train : .replicate)
        }?.record
    }

    /// Of all its winning attempts, ascending by rung.
    var records: [AttemptRecord] {
        replicate == nil
            ? trial.rungs.indices.compactMap { record(at: $0) } : [record(at: 0)].compactMap { $0 }
    }

    /// The compute classes in which it was trained, without repetition.
    var computeClasses: [String] {
        let known =
            records.map(\.computeClass) + [replicate?.computeClass ?? trial.computeClass].compactMap { $0 }
        var classes: [String] = []
        for name in known where !classes.contains(name) { classes.append(name) }
        return classes
    }

    /// `trial 3`, `replicate 1 of trial 3`.
    var name: String {
        (replicate.map { "replicate \($0.number) of " } ?? "") + "trial \(trial.number)"
    }
}

extension Trial {
    /// Whether its trained model was measured on the test split with the
    /// tensors of the record.
    var hasComparableTest: Bool {
        measurements.contains { $0.name.hasPrefix("test_") && $0.kind == .deterministic }
    }
}
