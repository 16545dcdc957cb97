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

    /// Whoever controls the study reads it anew.
    mutating func fenceController(of study: StudyID) {
        change(study) { record in
            record.epoch += 1
            record.controlMark = nil
            record.controlExpires = -.infinity
        }
    }
}
