public import Experiments

extension StoreModel {
    public mutating func extend(_ study: StudyID, limits: SearchLimits) throws {
        guard let record = records[study] else { throw StoreError.studyDeleted }
        guard record.stored.study.search.limits.json != limits.json else { return }
        records[study]?.stored.study.search.limits = limits
        records[study]?.stored.cut = nil
        fenceController(of: study)
        goOn(study)
    }

    public mutating func cut(_ study: StudyID, at cut: SearchCut, under limits: SearchLimits, epoch: Int)
        throws
    {
        try update(study, epoch: epoch, unless: .cutsCheckTheEpoch) { record in
            guard record.stored.cut == nil, record.stored.study.search.limits.json == limits.json else {
                return
            }
            record.stored.cut = cut
        }
    }

    public func spending(of study: StudyID) -> SearchSpending {
        var spending = SearchSpending()
        guard let record = records[study] else { return spending }
        var spans: [(start: Double, finish: Double)] = []
        for tried in record.attempts.values.joined() where tried.key.purpose == .train {
            let expiry = record.work[tried.key]?.lease?.expires ?? now
            let finish = tried.endedAt ?? min(now, expiry)
            let seconds = finish - tried.claimedAt
            spans.append((tried.claimedAt, finish))
            if tried.endedAt == nil {
                spending.runningSeconds += seconds
                continue
            }
            spending.endedSeconds += seconds
            let reported = record.trials[tried.key.trial].rungs[tried.key.rung].measurements
                .first { $0.name == MeasurementName.energy && tried.attempt.outcome == "finished" }
            spending.meteredJoules += reported?.value ?? 0
            if reported == nil { spending.unmeteredSeconds += seconds }
        }
        spending.wallSeconds = Self.union(of: spans)
        return spending
    }

    private static func union(of spans: [(start: Double, finish: Double)]) -> Double {
        var (wall, before) = (0.0, -Double.infinity)
        for span in spans.sorted(by: { $0 < $1 }) {
            let begin = span.start - before <= 60 ? before : span.start
            wall += max(0, span.finish - begin)
            before = max(before, span.finish)
        }
        return wall
    }
}
