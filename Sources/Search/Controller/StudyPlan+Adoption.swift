import Experiments

extension StudyPlan {
    /// Adds stored trials, and all that was decided about them before the
    /// sequence ended, after checking that this study would have made them.
    mutating func adopt(_ stored: [Trial]) throws(InputError) {
        for trial in stored {
            if trial.parent != nil {
                guard add(derived: trial) else { throw mismatch(trial.number) }
                continue
            }
            guard trial.number == trials.count, trial.seed == Self.seed(of: proposals, in: study),
                trial.rungs.count <= study.search.rungs.count, trial.rungs.indices.contains(trial.rung)
            else { throw mismatch(trial.number) }
            add(trial)
        }
        let units = stored.filter { $0.parent == nil }.flatMap { trial in
            trial.rungs.indices.filter { !trial.rungs[$0].isProvisional }
                .map { TrainingUnit(trial: trial.number, rung: $0) }
        }
        for unit in units.sorted(by: { start(of: $0) < start(of: $1) }) { try place(unit) }
    }

    /// Adds a trial that was just proposed.
    mutating func accept(_ proposal: ProposedTrial) {
        _ = schedule.place(duration: proposal.span.finish - proposal.span.start)
        add(
            Trial(
                number: proposal.number, state: .ready, seed: proposal.seed, label: proposal.label,
                assignment: proposal.assignment, configuration: proposal.configuration, span: proposal.span))
        insert(TrainingUnit(trial: proposal.number, rung: 0))
    }

    private mutating func add(_ trial: Trial) {
        ordinals.append(proposals)
        proposals += 1
        trials.append(trial)
        proposed.insert(trial.configuration.canonicalText)
    }

    private mutating func place(_ unit: TrainingUnit) throws(InputError) {
        let span = trials[unit.trial].rungs[unit.rung].span
        let duration = span.finish.subtractingReportingOverflow(span.start)
        guard span.start == schedule.nextStart, !duration.overflow, duration.partialValue >= 1 else {
            throw mismatch(unit.trial)
        }
        _ = schedule.place(duration: duration.partialValue)
        promotion.promote(unit)
        insert(unit)
    }

    private func start(of unit: TrainingUnit) -> (Int, Int, Int) {
        (trials[unit.trial].rungs[unit.rung].span.start, unit.trial, unit.rung)
    }

    private func mismatch(_ number: Int) -> InputError {
        InputError(
            study.name, key: "trial \(number)",
            reason: "is stored with a number, seed, parent or virtual time that this study does not give it",
            suggestion: "the release that began the study, or a study of another name")
    }
}
