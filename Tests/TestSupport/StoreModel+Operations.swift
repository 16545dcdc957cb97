public import Experiments

/// What people do to a study that runs.
extension StoreModel {
    public mutating func pause(_ study: StudyID) throws {
        guard let record = records[study] else { throw StoreError.studyDeleted }
        if record.stored.state != .complete { records[study]?.stored.isPaused = true }
    }

    public mutating func resume(_ study: StudyID) throws {
        guard let record = records[study] else { throw StoreError.studyDeleted }
        if record.stored.cut?.reason.isByHand == true {
            fenceController(of: study)
            goOn(study)
        }
        records[study]?.stored.isPaused = false
    }

    public mutating func stop(_ study: StudyID, now isAtOnce: Bool) throws {
        guard records[study] != nil else { throw StoreError.studyDeleted }
        if rules.obey(.stopsFenceTheController) { fenceController(of: study) }
        guard records[study]?.stored.state == .running else { return }
        change(study) { [now] record in
            record.stored.isPaused = false
            let cut = record.stored.cut
            record.stored.cut = SearchCut(
                trials: cut?.trials ?? record.trials.count { $0.parent == nil },
                reason: isAtOnce ? .stopNow : cut?.reason ?? .stop)
            if isAtOnce { Self.cancel(&record, at: now) }
        }
    }

    private static func cancel(_ record: inout Record, at now: Double) {
        record.stored.hasGrown = true
        for (key, work) in record.work
        where key.purpose == .train && (work.state == .ready || work.state == .running) {
            record.trials[key.trial].state = .cancelled
            record.work[key]?.state = .cancelled
            guard work.state == .running else { continue }
            record.work[key]?.lease = nil
            for index in record.attempts[key.trial]?.indices ?? 0..<0
            where record.attempts[key.trial]?[index].attempt.outcome == "running" {
                record.attempts[key.trial]?[index].attempt.outcome = "cancelled"
                record.attempts[key.trial]?[index].endedAt = now
            }
        }
    }

    public mutating func checkIn(_ worker: WorkerID, isLeaving: Bool) throws -> Bool {
        guard workers[worker] != nil else { throw StoreError.fenced }
        workers[worker]?.hasLeft = isLeaving
        seen[worker] = now
        return workers[worker]?.isDraining == true
    }

    @discardableResult public mutating func drain(_ worker: WorkerID?) -> Int {
        let asked = workers.values.filter { !$0.hasLeft && (worker == nil || worker == $0.id) }
        for known in asked { workers[known.id]?.isDraining = true }
        return asked.count
    }

    public func knownWorkers() -> [KnownWorker] {
        workers.values.filter { !$0.hasLeft }.sorted { $0.id < $1.id }.map { known in
            var known = known
            known.silence = now - (seen[known.id] ?? now)
            known.work = records.flatMap { study, record in
                record.work.compactMap { key, work in
                    let tried = record.attempts[key.trial]?.last { $0.key == key }
                    guard let lease = work.lease, let tried, tried.attempt.worker == known.id else {
                        return nil
                    }
                    return HeldWork(
                        study: record.stored.study.name,
                        token: WorkToken(
                            study: study, trial: key.trial, rung: key.rung, purpose: key.purpose,
                            attempt: work.attempt), seconds: now - tried.claimedAt,
                        remaining: lease.expires - now)
                }
            }.sorted { ($0.study, $0.token.trial) < ($1.study, $1.token.trial) }
            return known
        }
    }

    /// Whoever controls the study reads it anew.
    mutating func fenceController(of study: StudyID) {
        change(study) { record in
            record.epoch += 1
            record.controlMark = nil
            record.controlExpires = -.infinity
        }
    }
}
