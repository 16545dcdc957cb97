import Experiments
import Testing

/// What every store and queue does with trials that are trained again from
/// other seeds.
public enum ReplicateConformance {
    public static let rules: [ConformanceRule] = [
        ConformanceRule("a replicate is claimed with its own seed and leaves its trial as it is", results),
        ConformanceRule("a repeated request changes nothing, what is not done by itself is refused", repeats),
        ConformanceRule("replicates are counted until they end, and as ended trainings", counts),
        ConformanceRule("a replicate that diverged is recorded, and its trial stays done", failing),
        ConformanceRule("a replicate that crashed is tried again, and then recorded as failed", crashes),
        ConformanceRule("a worker whose lease ran out can write nothing to a replicate", fencing),
        ConformanceRule("with rungs a replicate has a number and not a rung", rungs),
        ConformanceRule("a test that fails changes no replicate, whatever its rung", failedTests),
        ConformanceRule("a derived trial is not trained, so not from another seed either", derived),
        ConformanceRule("a controller that was replaced asks for no replicates", fencedController),
        ConformanceRule("a front by means over seeds comes back as one", fronts),
        ConformanceRule("a deleted study takes its replicates with it", deletion),
    ]

    private static func requested(_ trial: Int, _ number: Int) -> RequestedReplicate {
        RequestedReplicate(trial: trial, number: number, seed: 1 << 53 - UInt64(10 * trial + number))
    }

    /// Two measurements, not in the order of their names.
    private static let result = TrialResult(
        measurements: [
            Measurement("size", 3, .exact, method: "counted"),
            Measurement("accuracy", 0.1 + 0.7, .deterministic, method: "validation split"),
        ], computeClass: "test/other", artifact: "ef34")

    /// Trial 0 is finished.
    private static func finished(
        _ subject: StoreUnderTest, trials: Int = 1
    ) async throws -> (study: StudyID, epoch: Int, worker: WorkerID) {
        let (study, epoch) = try await subject.studyWithTrials(trials)
        let worker = try await subject.newWorker()
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        return (study.id, epoch, worker)
    }

    private static func request(
        _ numbers: [Int], of trial: Int = 0, _ subject: StoreUnderTest, _ study: StudyID, _ epoch: Int
    ) async throws {
        try await subject.store.requestReplicates(
            numbers.map { requested(trial, $0) }, in: study, epoch: epoch)
    }

    private static func results(_ subject: StoreUnderTest) async throws {
        let (study, epoch, worker) = try await finished(subject)
        var expected = try await subject.firstTrial()
        try await request([2, 1], subject, study, epoch)
        let outstanding = (1...2).map { Replicate(number: $0, seed: requested(0, $0).seed) }
        #expect(try await subject.firstTrial().replicates == outstanding)
        let claims = [try await subject.claim(as: worker), try await subject.claim(as: worker)]
        for claim in claims {
            #expect(claim.token.purpose == .replicate && claim.token.trial == 0)
            #expect(claim.seed == requested(0, claim.token.rung).seed)
            #expect(claim.configuration == expected.configuration && claim.artifact == nil)
        }
        #expect(Set(claims.map(\.token.rung)) == [1, 2] && claims.map(\.token.attempt) == [2, 3])
        let first = try #require(claims.first { $0.token.rung == 1 })
        try await subject.queue.finish(first.token, with: result)
        // Repeated by a worker that had no answer.
        try await subject.queue.finish(first.token, with: result)
        expected.replicates = outstanding
        expected.replicates[0].measurements = result.measurements.reversed()
        expected.replicates[0].computeClass = "test/other"
        #expect(try await subject.firstTrial() == expected)
        #expect(expected.replicates[0].hasEnded && !expected.replicates[1].hasEnded)
        let attempts = try await subject.store.attempts(at: 0, of: study)
        #expect(attempts.map(\.purpose) == [.train, .replicate, .replicate])
    }

    private static func repeats(_ subject: StoreUnderTest) async throws {
        let (study, epoch, worker) = try await finished(subject, trials: 2)
        try await request([1], subject, study, epoch)
        let token = try await subject.queue.claim(worker: worker, study: study, leaseSeconds: 60)?.token
        try await subject.queue.finish(try #require(token), with: result)
        let before = try await subject.store.trials(of: study)
        var again = requested(0, 1)
        again.seed = 5
        try await subject.store.requestReplicates([again], in: study, epoch: epoch)
        for stray in [1, 7] {
            await expectThrows({ if case .refused = $0 { true } else { false } }) {
                try await request([1], of: stray, subject, study, epoch)
            }
        }
        #expect(try await subject.store.trials(of: study) == before)
        #expect(try await subject.claim(as: worker).token.purpose == .train)
    }

    private static func counts(_ subject: StoreUnderTest) async throws {
        let (study, epoch, worker) = try await finished(subject)
        try await request([1, 2], subject, study, epoch)
        func expectProgress(pending: Int) async throws {
            #expect(
                try await subject.store.progress(of: study)
                    == StudyProgress(trials: [.done: 1], pendingReplicates: pending))
        }
        try await expectProgress(pending: 2)
        try await subject.queue.finish(subject.claim(as: worker).token, with: result)
        try await expectProgress(pending: 1)
        let spent = try await subject.store.spending(of: study)
        try await subject.queue.fail(
            subject.claim(as: worker).token, because: TrialFailure(.diverged, "loss"))
        try await expectProgress(pending: 0)
        // Limits bound the search, which is over.
        #expect(try await subject.store.spending(of: study) == spent)
    }

    private static func failing(_ subject: StoreUnderTest) async throws {
        let (study, epoch, worker) = try await finished(subject)
        var expected = try await subject.firstTrial()
        try await request([1], subject, study, epoch)
        let failure = TrialFailure(.diverged, "loss is not finite")
        try await subject.queue.fail(subject.claim(as: worker).token, because: failure)
        expected.replicates = [Replicate(number: 1, seed: requested(0, 1).seed, failure: failure)]
        #expect(try await subject.firstTrial() == expected)
        #expect(expected.state == .done && expected.replicates[0].hasEnded)
        #expect(try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60) == nil)
    }

    private static func crashes(_ subject: StoreUnderTest) async throws {
        let (study, epoch, worker) = try await finished(subject)
        try await request([1], subject, study, epoch)
        for count in 1...3 {
            let token = try await subject.claim(as: worker).token
            try await subject.queue.fail(token, because: TrialFailure(.crashed, "signal \(count)"))
            let trial = try await subject.firstTrial()
            #expect(trial.state == .done && trial.failure == nil && trial.attempts == 1)
            #expect(trial.replicates[0].failure?.detail == (count == 3 ? "signal 3" : nil))
            try await subject.advance(61)
        }
        #expect(try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60) == nil)
    }

    private static func fencing(_ subject: StoreUnderTest) async throws {
        let (study, epoch, worker) = try await finished(subject)
        try await request([1], subject, study, epoch)
        let lost = try await subject.claim(as: worker, leaseSeconds: StoreUnderTest.shortLease).token
        try await subject.advance(1)
        try await subject.store.expireLeases()
        await expectFenced { try await subject.queue.finish(lost, with: result) }
        let claim = try await subject.claim(as: worker)
        #expect(claim.token.attempt == lost.attempt + 1 && claim.seed == requested(0, 1).seed)
        await expectFenced { try await subject.queue.fail(lost, because: TrialFailure(.diverged, "")) }
        try await subject.queue.finish(claim.token, with: result)
        #expect(try await subject.firstTrial().replicates.map(\.failure) == [nil])
    }

    private static func rungs(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1, rungs: [0.5, 1])
        let worker = try await subject.newWorker()
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        let promoted = PromotedTrial(number: 0, rung: 1, span: VirtualSpan(start: 20, finish: 30))
        try await subject.store.promote([promoted], in: study.id, epoch: epoch)
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        var expected = try await subject.firstTrial()
        try await request([3], subject, study.id, epoch)
        let token = try await subject.claim(as: worker).token
        #expect(token.purpose == .replicate && token.rung == 3)
        try await subject.queue.finish(token, with: result)
        expected.replicates = [
            Replicate(
                number: 3, seed: requested(0, 3).seed, measurements: result.measurements.reversed(),
                computeClass: "test/other")
        ]
        #expect(try await subject.firstTrial() == expected)
    }

    private static func failedTests(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1, rungs: [0.5, 1])
        let worker = try await subject.newWorker()
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        let promoted = PromotedTrial(number: 0, rung: 1, span: VirtualSpan(start: 20, finish: 30))
        try await subject.store.promote([promoted], in: study.id, epoch: epoch)
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        try await request([1], subject, study.id, epoch)
        try await subject.queue.finish(subject.claim(as: worker).token, with: result)
        let before = try await subject.firstTrial()
        try await subject.store.requestTests(of: [0], in: study.id, epoch: epoch)
        let token = try await subject.claim(as: worker).token
        #expect(token.purpose == .test && token.rung == 1)
        try await subject.queue.fail(token, because: TrialFailure(.invalid, "no test split"))
        #expect(try await subject.firstTrial() == before)
    }

    private static func derived(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1)
        var whole = TrialResult.sample
        whole.derived = [
            DerivedResult(
                configuration: ["rank": 99], method: "cut", measurements: whole.measurements,
                artifact: "cd34")
        ]
        try await subject.queue.finish(subject.claim(as: subject.newWorker()).token, with: whole)
        try await subject.store.derive(
            [DerivedTrial(number: 1, parent: 0, place: 0, assignment: [:])], in: study.id, epoch: epoch)
        await expectThrows({ if case .refused = $0 { true } else { false } }) {
            try await request([1], of: 1, subject, study.id, epoch)
        }
        #expect(try await subject.store.trials(of: study.id).flatMap(\.replicates).isEmpty)
    }

    private static func fencedController(_ subject: StoreUnderTest) async throws {
        let (study, old, _) = try await finished(subject)
        try await subject.advance(61)
        _ = try #require(try await subject.store.control(study, epoch: nil, seconds: 60))
        await expectFenced { try await request([1], subject, study, old) }
        #expect(try await subject.firstTrial().replicates.isEmpty)
    }

    private static func fronts(_ subject: StoreUnderTest) async throws {
        let (study, epoch, _) = try await finished(subject)
        let versions = [
            FrontVersion(version: 1, members: [0], hypervolume: nil, cause: 0),
            FrontVersion(version: 2, members: [0], hypervolume: 0.5, cause: 0, isReplicated: true),
        ]
        try await subject.store.append(versions, to: study, epoch: epoch)
        #expect(try await subject.store.frontVersions(of: study) == versions)
    }

    private static func deletion(_ subject: StoreUnderTest) async throws {
        let (study, epoch, worker) = try await finished(subject)
        try await request([1, 2], subject, study, epoch)
        try await subject.queue.finish(subject.claim(as: worker).token, with: result)
        try await subject.store.delete(study)
        #expect(try await subject.store.studies().isEmpty)
        #expect(try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60) == nil)
    }
}
