public import Experiments

/// Writes of controllers.
extension StoreModel {
    /// - Parameter mark: of the call; a repeat of it keeps the epoch it took.
    public mutating func control(
        _ study: StudyID, epoch: Int?, seconds: Double, mark: UInt64
    ) throws -> Int? {
        guard var record = records[study] else {
            throw StoreError.studyDeleted
        }
        if let epoch {
            guard record.epoch == epoch else { return nil }
        } else {
            let isRepeat = record.controlMark == mark && rules.obey(.repeatedControlKeepsItsEpoch)
            let isFree = record.controlExpires < now || !rules.obey(.controlIsExclusive)
            guard isFree || isRepeat else { return nil }
            if !isRepeat, rules.obey(.epochsGrow) || record.epoch == 0 { record.epoch += 1 }
            record.controlMark = mark
        }
        record.controlExpires = now + seconds
        records[study] = record
        return record.epoch
    }

    public mutating func propose(_ trials: [ProposedTrial], to study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch, unless: .proposalsCheckTheEpoch) { [now, rules] record in
            for proposed in trials.sorted(by: { $0.number < $1.number }) {
                if proposed.number < record.trials.count {
                    if !rules.obey(.repeatedProposalsChangeNothing) {
                        record.trials[proposed.number].state = .ready
                        record.work[WorkKey(trial: proposed.number, rung: 0, purpose: .train)]?.state = .ready
                    }
                    continue
                }
                guard proposed.number == record.trials.count else {
                    throw StoreError.refused(
                        "trial \(proposed.number) was proposed before trial \(proposed.number - 1)")
                }
                let isSame = { (trial: Trial) in
                    trial.parent == nil && trial.configuration == proposed.configuration
                }
                guard !record.trials.contains(where: isSame) else {
                    throw StoreError.refused("trial \(proposed.number) repeats a configuration")
                }
                record.trials.append(
                    Trial(
                        number: proposed.number, state: .ready, seed: proposed.seed, label: proposed.label,
                        assignment: proposed.assignment, configuration: proposed.configuration,
                        span: proposed.span))
                record.work[WorkKey(trial: proposed.number, rung: 0, purpose: .train)] = Work(
                    availableAt: now)
            }
        }
    }

    public mutating func promote(_ trials: [PromotedTrial], in study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch, unless: .promotionsCheckTheEpoch) { [now, rules] record in
            for promoted in trials {
                guard record.trials.indices.contains(promoted.number) else {
                    throw StoreError.refused("there is no trial \(promoted.number)")
                }
                try Self.promote(promoted, in: &record)
                let key = WorkKey(trial: promoted.number, rung: promoted.rung, purpose: .train)
                if record.work[key] == nil || !rules.obey(.repeatedPromotionsChangeNothing) {
                    record.work[key] = Work(availableAt: now)
                }
            }
        }
    }

    private static func promote(_ promoted: PromotedTrial, in record: inout Record) throws {
        let rung = TrialRung(span: promoted.span, isProvisional: promoted.isProvisional)
        var trial = record.trials[promoted.number]
        if trial.rungs.indices.contains(promoted.rung) {
            trial.rungs[promoted.rung].span = rung.span
            trial.rungs[promoted.rung].isProvisional = rung.isProvisional
            // A derived trial was trained when its parent was.
            for index in record.trials.indices where record.trials[index].parent == promoted.number {
                record.trials[index].rungs[promoted.rung].span = rung.span
                record.trials[index].rungs[promoted.rung].isProvisional = rung.isProvisional
            }
        } else {
            guard promoted.rung == trial.rung + 1, trial.state == .paused || trial.state == .stopped,
                promoted.rung < record.stored.study.search.rungs.count
            else {
                throw StoreError.refused("trial \(promoted.number) does not wait at the rung before")
            }
            trial.rungs.append(rung)
            trial.rung = promoted.rung
            trial.state = .ready
        }
        record.trials[promoted.number] = trial
    }

    public mutating func derive(_ trials: [DerivedTrial], in study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch, unless: .derivationsCheckTheEpoch) { record in
            for derived in trials {
                guard record.trials.indices.contains(derived.parent),
                    let trial = Trial(derived, of: record.trials[derived.parent])
                else { throw StoreError.refused("trial \(derived.number) was not derived from any") }
                guard derived.number >= record.trials.count else { continue }
                guard derived.number == record.trials.count else {
                    throw StoreError.refused(
                        "trial \(derived.number) was derived before trial \(derived.number - 1)")
                }
                let isSame = { (other: Trial) in
                    other.parent == trial.parent && other.configuration == trial.configuration
                }
                guard !record.trials.contains(where: isSame) else {
                    throw StoreError.refused("trial \(derived.number) repeats a configuration")
                }
                record.trials.append(trial)
            }
        }
    }

    public mutating func stop(_ trials: [Int], in study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch, unless: .stopsCheckTheEpoch) { record in
            for number in trials where record.trials.indices.contains(number) {
                if record.trials[number].state == .paused { record.trials[number].state = .stopped }
            }
        }
    }

    public mutating func append(_ versions: [FrontVersion], to study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch, unless: .frontsCheckTheEpoch) { [rules] record in
            for version in versions {
                let isKnown = record.fronts.contains { $0.version == version.version }
                if !isKnown || !rules.obey(.repeatedFrontsChangeNothing) { record.fronts.append(version) }
            }
            record.fronts.sort { $0.version < $1.version }
        }
    }

    public mutating func requestTests(of trials: [Int], in study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch, unless: .testsCheckTheEpoch) { [now] record in
            for number in trials {
                guard record.trials.indices.contains(number), record.trials[number].state == .done else {
                    throw StoreError.refused("trial \(number) is not done, so it cannot be tested")
                }
                let key = WorkKey(trial: number, rung: record.trials[number].rung, purpose: .test)
                if record.work[key] == nil { record.work[key] = Work(availableAt: now) }
            }
        }
    }

    public mutating func setState(_ state: StudyState, of study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch, unless: .statesCheckTheEpoch) { [rules] record in
            if state > record.stored.state || !rules.obey(.statesGoForward) { record.stored.state = state }
        }
    }
}
