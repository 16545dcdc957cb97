import Experiments
import Testing

/// What every store and queue does with trials that go on from rung to rung.
public enum RungConformance {
    public static let rules: [ConformanceRule] = [
        ConformanceRule("below the last rung a trial waits with what was measured", waiting),
        ConformanceRule("a promoted trial goes on and keeps what each rung measured", goingOn),
        ConformanceRule("promoted work is claimed before new work", order),
        ConformanceRule("a repeated promotion takes over the virtual time and nothing else", repeats),
        ConformanceRule("who does not wait at the rung before is not promoted", refusals),
        ConformanceRule("what waits is stopped, waits again when the budget grows, and can go on", stopping),
        ConformanceRule("a controller that was replaced promotes and stops nothing", fencedController),
        ConformanceRule("the worker of one rung can write nothing at the next", fencing),
        ConformanceRule("crashes are counted for each rung", crashes),
        ConformanceRule("a trial that fails on its way keeps what it measured before", failing),
        ConformanceRule("tests are measured at the last rung", tests),
    ]

    private static let halves = [0.25, 0.5, 1]

    private static func promoted(_ number: Int, to rung: Int, at start: Int = 100) -> PromotedTrial {
        PromotedTrial(number: number, rung: rung, span: VirtualSpan(start: start, finish: start + 5))
    }

    private static func result(_ accuracy: Double) -> TrialResult {
        TrialResult(
            measurements: [Measurement("accuracy", accuracy, .deterministic, method: "validation split")],
            computeClass: "test/float32", artifact: "ab12")
    }

    /// Finishes the next unit of work.
    @discardableResult
    private static func finishNext(
        _ subject: StoreUnderTest, _ accuracy: Double = 0.5, as worker: WorkerID
    ) async throws -> WorkToken {
        let token = try await subject.claim(as: worker).token
        try await subject.queue.finish(token, with: result(accuracy))
        return token
    }

    private static func waiting(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(2, rungs: halves)
        let worker = try await subject.newWorker()
        let token = try await finishNext(subject, 0.6, as: worker)
        #expect(token.rung == 0)
        try await subject.queue.finish(token, with: result(0.9))
        let trial = try await subject.firstTrial()
        #expect(trial.state == .paused && trial.rung == 0 && trial.attempts == 1)
        #expect(trial.measurements == result(0.6).measurements)
        #expect(trial.computeClass == nil && trial.artifact == nil)
        #expect(
            try await subject.store.progress(of: study.id)
                == StudyProgress(trials: [.paused: 1, .ready: 1], pendingTests: 0))
    }

    private static func goingOn(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1, rungs: halves)
        let worker = try await subject.newWorker()
        try await finishNext(subject, 0.5, as: worker)
        for rung in 1...2 {
            try await subject.store.promote(
                [promoted(0, to: rung, at: 10 * rung)], in: study.id, epoch: epoch)
            let trial = try await subject.firstTrial()
            #expect(trial.state == .ready && trial.rung == rung && trial.measurements.isEmpty)
            let claim = try await subject.claim(as: worker)
            #expect(claim.token.rung == rung && claim.token.attempt == rung + 1)
            #expect(claim.seed == trial.seed && claim.configuration == trial.configuration)
            #expect(try await subject.store.running(in: study.id).map(\.rung) == [rung])
            try await subject.queue.finish(claim.token, with: result(0.5 + 0.1 * Double(rung)))
        }
        let trial = try await subject.firstTrial()
        #expect(trial.state == .done && trial.rung == 2 && trial.attempts == 3)
        #expect(trial.artifact == "ab12" && trial.computeClass == "test/float32")
        #expect(trial.rungs.map { $0.measurements.map(\.value) } == [[0.5], [0.6], [0.7]])
        #expect(trial.measurements.map(\.value) == [0.7])
        #expect(trial.rungs.map(\.span.start) == [0, 10, 20])
        #expect(try await subject.store.attempts(at: 0, of: study.id).map(\.rung) == [0, 1, 2])
    }

    private static func order(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(4, rungs: halves)
        let worker = try await subject.newWorker()
        for _ in 0..<2 { try await finishNext(subject, as: worker) }
        try await subject.store.promote([promoted(1, to: 1)], in: study.id, epoch: epoch)
        let tokens = [
            try await subject.claim(as: worker).token, try await subject.claim(as: worker).token,
            try await subject.claim(as: worker).token,
        ]
        #expect(tokens.map(\.trial) == [1, 2, 3] && tokens.map(\.rung) == [1, 0, 0])
    }

    private static func repeats(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1, rungs: halves)
        let worker = try await subject.newWorker()
        try await finishNext(subject, as: worker)
        var promotion = promoted(0, to: 1, at: 30)
        promotion.isProvisional = true
        for _ in 0..<2 { try await subject.store.promote([promotion], in: study.id, epoch: epoch) }
        #expect(try await subject.firstTrial().rungs[1].isProvisional)
        try await finishNext(subject, 0.7, as: worker)
        let before = try await subject.firstTrial()
        try await subject.store.promote([promoted(0, to: 1, at: 40)], in: study.id, epoch: epoch)
        var expected = before
        expected.rungs[1].span = VirtualSpan(start: 40, finish: 45)
        expected.rungs[1].isProvisional = false
        #expect(try await subject.firstTrial() == expected)
        #expect(try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60) == nil)
    }

    private static func refusals(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(3, rungs: [0.5, 1])
        let worker = try await subject.newWorker()
        let isRefused: (StoreError) -> Bool = { if case .refused = $0 { true } else { false } }
        try await finishNext(subject, as: worker)
        _ = try await subject.claim(as: worker)
        let before = try await subject.store.trials(of: study.id)
        // One beyond the next rung, one that runs, one that is ready, one that is not there.
        for stray in [promoted(0, to: 2), promoted(1, to: 1), promoted(2, to: 1), promoted(9, to: 1)] {
            await expectThrows(isRefused) {
                try await subject.store.promote([promoted(0, to: 1), stray], in: study.id, epoch: epoch)
            }
        }
        #expect(try await subject.store.trials(of: study.id) == before)
        try await subject.store.promote([promoted(0, to: 1)], in: study.id, epoch: epoch)
        try await finishNext(subject, as: worker)
        await expectThrows(isRefused) {
            try await subject.store.promote([promoted(0, to: 2)], in: study.id, epoch: epoch)
        }
    }

    private static func stopping(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(3, rungs: halves)
        let worker = try await subject.newWorker()
        for _ in 0..<2 { try await finishNext(subject, as: worker) }
        for _ in 0..<2 { try await subject.store.stop([0, 1, 2], in: study.id, epoch: epoch) }
        func states() async throws -> [TrialState] {
            try await subject.store.trials(of: study.id).map(\.state)
        }
        #expect(try await states() == [.stopped, .stopped, .ready])
        #expect(try await subject.firstTrial().measurements == result(0.5).measurements)
        try await subject.store.promote([promoted(1, to: 1)], in: study.id, epoch: epoch)
        #expect(try await states() == [.stopped, .ready, .ready])
        try await subject.store.extend(study.id, trials: 65)
        #expect(try await states() == [.paused, .ready, .ready])
    }

    private static func fencedController(_ subject: StoreUnderTest) async throws {
        let (study, old) = try await subject.studyWithTrials(1, rungs: halves)
        try await finishNext(subject, as: subject.newWorker())
        let before = try await subject.firstTrial()
        try await subject.advance(61)
        _ = try #require(try await subject.store.control(study.id, epoch: nil, seconds: 60))
        await expectFenced {
            try await subject.store.promote([promoted(0, to: 1)], in: study.id, epoch: old)
        }
        await expectFenced { try await subject.store.stop([0], in: study.id, epoch: old) }
        #expect(try await subject.firstTrial() == before)
    }

    private static func fencing(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1, rungs: halves)
        let dead = try await subject.newWorker()
        let lost = try await subject.claim(as: dead, leaseSeconds: StoreUnderTest.shortLease).token
        try await subject.advance(1)
        #expect(try await subject.store.expireLeases() == 1)
        let won = try await finishNext(subject, 0.5, as: subject.newWorker())
        try await subject.store.promote([promoted(0, to: 1)], in: study.id, epoch: epoch)
        let next = try await subject.claim(as: subject.newWorker()).token
        let before = try await subject.firstTrial()
        for token in [
            lost, WorkToken(study: study.id, trial: 0, rung: 1, purpose: .train, attempt: won.attempt),
        ] {
            await expectFenced { try await subject.queue.renew(token, leaseSeconds: 60, reports: []) }
            await expectFenced { try await subject.queue.finish(token, with: result(0.9)) }
            await expectFenced { try await subject.queue.giveBack(token) }
        }
        // What it wrote itself it may repeat, and that changes nothing.
        try await subject.queue.finish(won, with: result(0.9))
        #expect(try await subject.firstTrial() == before)
        #expect(before.state == .running && before.rung == 1)
        try await subject.queue.finish(next, with: result(0.6))
        #expect(try await subject.firstTrial().rungs.map { $0.measurements.map(\.value) } == [[0.5], [0.6]])
    }

    private static func crashes(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1, rungs: halves)
        let worker = try await subject.newWorker()
        func crashTwice() async throws {
            for _ in 0..<2 {
                let token = try await subject.claim(as: worker).token
                try await subject.queue.fail(token, because: TrialFailure(.crashed, "exit 1"))
                try await subject.advance(60)
            }
        }
        try await crashTwice()
        try await finishNext(subject, as: worker)
        try await subject.store.promote([promoted(0, to: 1)], in: study.id, epoch: epoch)
        try await crashTwice()
        let trial = try await subject.firstTrial()
        #expect(trial.state == .ready && trial.rung == 1 && trial.attempts == 5)
        let token = try await subject.claim(as: worker).token
        try await subject.queue.fail(token, because: TrialFailure(.crashed, "exit 2"))
        #expect(try await subject.firstTrial().failure == TrialFailure(.crashed, "exit 2"))
    }

    private static func failing(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1, rungs: halves)
        let worker = try await subject.newWorker()
        try await finishNext(subject, 0.5, as: worker)
        try await subject.store.promote([promoted(0, to: 1)], in: study.id, epoch: epoch)
        let token = try await subject.claim(as: worker).token
        try await subject.queue.fail(token, because: TrialFailure(.diverged, "loss is not finite"))
        let trial = try await subject.firstTrial()
        #expect(trial.state == .failed && trial.rung == 1 && trial.failure?.reason == .diverged)
        #expect(trial.rungs.map { $0.measurements.map(\.value) } == [[0.5], []])
        #expect(
            try await subject.store.progress(of: study.id)
                == StudyProgress(trials: [.failed: 1], pendingTests: 0))
    }

    private static func tests(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1, rungs: [0.5, 1])
        let worker = try await subject.newWorker()
        try await finishNext(subject, 0.5, as: worker)
        try await subject.store.promote([promoted(0, to: 1)], in: study.id, epoch: epoch)
        try await finishNext(subject, 0.6, as: worker)
        try await subject.store.requestTests(of: [0], in: study.id, epoch: epoch)
        let token = try await subject.claim(as: worker).token
        #expect(token.purpose == .test && token.rung == 1)
        try await subject.queue.finish(token, with: .testSample)
        let trial = try await subject.firstTrial()
        #expect(trial.measurements.map(\.value) == [0.6, 0.7])
        #expect(trial.rungs[0].measurements.map(\.value) == [0.5])
    }
}
