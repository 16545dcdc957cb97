import Experiments
import Testing

/// What every store does with limits of time and energy.
public enum LimitsConformance {
    public static let rules: [ConformanceRule] = [
        ConformanceRule("limits come back, and are no part of the identity", storing),
        ConformanceRule("a cut is recorded once, under the limits that it was decided under", cutting),
        ConformanceRule("other limits let a search go on that was cut", growing),
        ConformanceRule("spending counts seconds of training, not pauses and not tests", spending),
        ConformanceRule("a lost attempt ran until its lease ran out", lost),
        ConformanceRule("reported energy takes the place of seconds", energy),
    ]

    private static let twoHours = SearchLimits(
        wallSeconds: 7200, joules: 50_000.25, wattsPerSlot: 6.5,
        stoppingRule: StoppingRule(improvementBelow: 0.001, patience: 20))

    private static func limited(_ limits: SearchLimits) -> Study {
        var study = Study.sample()
        study.search.limits = limits
        return study
    }

    private static func storing(_ subject: StoreUnderTest) async throws {
        let stored = try await subject.store.create(limited(twoHours))
        #expect(stored.study.search.limits == twoHours)
        #expect(stored.cut == nil)
        #expect(stored.hash == Study.sample().identityHash)
        #expect(try await subject.store.create(.sample()).study.search.limits == twoHours)
    }

    private static func cutting(_ subject: StoreUnderTest) async throws {
        let store = subject.store
        let study = try await store.create(limited(twoHours)).id
        let old = try #require(try await store.control(study, epoch: nil, seconds: 60))
        let cut = SearchCut(trials: 7, reason: .energy)
        try await store.cut(study, at: cut, under: SearchLimits(wallSeconds: 1), epoch: old)
        #expect(try await store.study(named: "sample")?.cut == nil)
        try await subject.advance(61)
        let new = try #require(try await store.control(study, epoch: nil, seconds: 60))
        await expectFenced { try await store.cut(study, at: cut, under: twoHours, epoch: old) }
        try await store.cut(study, at: cut, under: twoHours, epoch: new)
        try await store.cut(
            study, at: SearchCut(trials: 9, reason: .wallTime), under: twoHours, epoch: new)
        #expect(try await store.study(named: "sample")?.cut == cut)
    }

    private static func growing(_ subject: StoreUnderTest) async throws {
        let store = subject.store
        let study = try await store.create(limited(twoHours)).id
        let epoch = try #require(try await store.control(study, epoch: nil, seconds: 60))
        try await store.cut(study, at: SearchCut(trials: 0, reason: .wallTime), under: twoHours, epoch: epoch)
        try await store.setState(.complete, of: study, epoch: epoch)
        try await store.extend(study, limits: twoHours)
        #expect(try await store.study(named: "sample")?.state == .complete)
        try await store.extend(study, limits: SearchLimits(wallSeconds: 7300))
        for limits in [SearchLimits(wallSeconds: 7201), SearchLimits()] {
            let next = try #require(try await store.control(study, epoch: nil, seconds: 60))
            #expect(next > epoch)
            try await store.setState(.complete, of: study, epoch: next)
            try await store.extend(study, limits: limits)
            await expectFenced { try await store.setState(.complete, of: study, epoch: next) }
            let stored = try #require(try await store.study(named: "sample"))
            #expect(stored.state == .running && stored.cut == nil)
            #expect(stored.study.search.limits == limits)
        }
        try await store.delete(study)
        await expectThrows({ $0 == .studyDeleted }) { try await store.extend(study, limits: twoHours) }
    }

    /// Real time passes beside what is advanced.
    private static func isNear(_ a: Double, _ b: Double) -> Bool { b - 1 < a && a < b + 30 }

    private static func spending(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(3)
        #expect(try await subject.store.spending(of: study.id) == SearchSpending())
        let worker = try await subject.newWorker()
        let first = try await subject.claim(as: worker, leaseSeconds: 60_000).token
        try await subject.advance(1000)
        let second = try await subject.claim(as: worker, leaseSeconds: 60_000).token
        try await subject.advance(2000)
        try await subject.queue.finish(first, with: .sample)
        try await subject.queue.fail(second, because: TrialFailure(.diverged, "loss is not finite"))
        // A short pause, and then a long one.
        try await subject.advance(40)
        try await subject.queue.giveBack(subject.claim(as: worker, leaseSeconds: 60_000).token)
        try await subject.advance(5000)
        try await subject.store.requestTests(of: [0], in: study.id, epoch: epoch)
        _ = try await subject.claim(as: worker, leaseSeconds: 60_000)
        _ = try await subject.claim(as: worker, leaseSeconds: 60_000)
        try await subject.advance(3000)
        let spending = try await subject.store.spending(of: study.id)
        #expect(isNear(spending.endedSeconds, 5000), "\(spending)")
        #expect(isNear(spending.runningSeconds, 3000), "\(spending)")
        #expect(isNear(spending.wallSeconds, 6040), "\(spending)")
        #expect(spending.unmeteredSeconds == spending.endedSeconds)
        #expect(isNear(spending.joules(wattsPerSlot: 2) / 2, 8000))
    }

    private static func lost(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(1)
        _ = try await subject.claim(as: try await subject.newWorker(), leaseSeconds: 60)
        try await subject.advance(9000)
        #expect(isNear(try await subject.store.spending(of: study.id).wallSeconds, 60))
        try await subject.store.expireLeases()
        let spending = try await subject.store.spending(of: study.id)
        #expect(isNear(spending.endedSeconds + spending.runningSeconds, 60), "\(spending)")
        #expect(isNear(spending.wallSeconds, 60), "\(spending)")
    }

    private static func energy(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(2)
        let worker = try await subject.newWorker()
        for isMetered in [true, false] {
            let token = try await subject.claim(as: worker, leaseSeconds: 600).token
            try await subject.advance(100)
            var result = TrialResult.sample
            if isMetered {
                result.measurements.append(
                    Measurement(MeasurementName.energy, 12_345.5, .observed, method: "a meter"))
            }
            try await subject.queue.finish(token, with: result)
        }
        let spending = try await subject.store.spending(of: study.id)
        #expect(spending.meteredJoules == 12_345.5)
        #expect(isNear(spending.unmeteredSeconds, 100) && isNear(spending.endedSeconds, 200), "\(spending)")
    }
}
