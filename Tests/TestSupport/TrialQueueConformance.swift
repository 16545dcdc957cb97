import Experiments
import Testing

/// What every `TrialQueue` does.
public enum TrialQueueConformance {
    public static let rules: [ConformanceRule] = [
        ConformanceRule("work is claimed in order, once, with all it depends on", claims),
        ConformanceRule("a claim can be kept to one study", oneStudy),
        ConformanceRule("finishing stores the result and ends the trial", finishing),
        ConformanceRule("an attempt whose lease ran out can write nothing", zombie),
        ConformanceRule("a renewed lease does not run out", renewal),
        ConformanceRule("a repeated write of the same attempt succeeds without effect", repeats),
        ConformanceRule("a report is stored once for each step", reports),
        ConformanceRule("a trial that crashed three times fails, with growing waits between", crashes),
        ConformanceRule("a trial lost eight times by three workers fails", losses),
        ConformanceRule("a trial lost by two workers is always tried again", fewWitnesses),
        ConformanceRule("crashes and losses are counted apart", separateCounters),
        ConformanceRule("a time-out counts after two different workers", machineFailures),
        ConformanceRule("a time-out of the only worker ends after five", loneWorker),
        ConformanceRule("a diverged or invalid trial fails at once", finalFailures),
        ConformanceRule("a study that is refused is left out", exceptions),
        ConformanceRule("work given back is ready again and counts as nothing", givingBack),
        ConformanceRule("an idle worker frees what a dead one held", opportunism),
        ConformanceRule("a value that is not finite is refused", finiteness),
    ]

    private static func claims(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(2)
        let worker = try await subject.newWorker()
        let first = try await subject.claim(as: worker)
        #expect(first.token == WorkToken(study: study.id, trial: 0, rung: 0, purpose: .train, attempt: 1))
        #expect(first.study == .sample())
        #expect(first.seed == ProposedTrial.sample(0).seed)
        #expect(first.configuration == ProposedTrial.sample(0).configuration)
        #expect(first.artifact == nil)
        #expect(try await subject.claim(as: worker).token.trial == 1)
        #expect(try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60) == nil)
        let trial = try await subject.firstTrial()
        #expect(trial.state == .running && trial.attempts == 1)
    }

    private static func oneStudy(_ subject: StoreUnderTest) async throws {
        _ = try await subject.studyWithTrials(1, name: "one")
        let (other, _) = try await subject.studyWithTrials(1, name: "other")
        let worker = try await subject.newWorker()
        let claim = try await subject.queue.claim(worker: worker, study: other.id, leaseSeconds: 60)
        #expect(claim?.token.study == other.id)
        #expect(try await subject.queue.claim(worker: worker, study: other.id, leaseSeconds: 60) == nil)
        #expect(try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60) != nil)
    }

    private static func exceptions(_ subject: StoreUnderTest) async throws {
        let (first, _) = try await subject.studyWithTrials(2, name: "one")
        let (second, _) = try await subject.studyWithTrials(1, name: "other")
        let worker = try await subject.newWorker()
        func claim(except refused: Set<StudyID>) async throws -> Claim? {
            try await subject.queue.claim(worker: worker, study: nil, except: refused, leaseSeconds: 60)
        }
        #expect(try await claim(except: [first.id, second.id]) == nil)
        #expect(try await claim(except: [first.id])?.token.study == second.id)
        #expect(try await claim(except: [first.id]) == nil)
        #expect(try await claim(except: [second.id])?.token.study == first.id)
    }

    private static func finishing(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(1)
        let worker = try await subject.newWorker()
        let token = try await subject.claim(as: worker).token
        try await subject.queue.renew(
            token, leaseSeconds: 60, reports: [Report(step: 1, metrics: ["loss": 2])])
        try await subject.queue.finish(token, with: .sample)
        let trial = try await subject.firstTrial()
        #expect(trial.state == .done)
        #expect(trial.measurements == TrialResult.sample.measurements)
        #expect(trial.computeClass == "test/float32" && trial.artifact == "ab12")
        let attempt = Attempt(
            number: 1, rung: 0, purpose: .train, worker: worker, outcome: "finished", detail: nil,
            reports: [Report(step: 1, metrics: ["loss": 2])], record: TrialResult.sample.record)
        #expect(try await subject.store.attempts(at: 0, of: study.id) == [attempt])
        #expect(try await subject.store.running(in: study.id).isEmpty)
    }

    private static func zombie(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(1)
        let dead = try await subject.newWorker()
        let token = try await subject.claim(as: dead, leaseSeconds: StoreUnderTest.shortLease).token
        try await subject.advance(1)
        #expect(try await subject.store.expireLeases() == 1)
        #expect(try await subject.store.expireLeases() == 0)
        try await expectAllFenced(token, subject)
        #expect(try await subject.firstTrial().state == .ready)

        let next = try await subject.claim(as: subject.newWorker()).token
        #expect(next.attempt == token.attempt + 1)
        try await expectAllFenced(token, subject)
        #expect(try await subject.firstTrial().state == .running)
        try await subject.queue.finish(next, with: .sample)
        let trial = try await subject.firstTrial()
        try await expectAllFenced(token, subject)
        #expect(try await subject.firstTrial() == trial)
        let attempts = try await subject.store.attempts(at: 0, of: study.id)
        #expect(attempts.map(\.outcome) == ["lost", "finished"])
        #expect(attempts.map(\.reports) == [[], []])
    }

    private static func expectAllFenced(_ token: WorkToken, _ subject: StoreUnderTest) async throws {
        await expectFenced {
            try await subject.queue.renew(
                token, leaseSeconds: 60, reports: [Report(step: 9, metrics: ["loss": 1])])
        }
        await expectFenced { try await subject.queue.finish(token, with: .sample) }
        await expectFenced { try await subject.queue.fail(token, because: TrialFailure(.crashed, "late")) }
        await expectFenced { try await subject.queue.giveBack(token) }
    }

    private static func renewal(_ subject: StoreUnderTest) async throws {
        _ = try await subject.studyWithTrials(1)
        let token = try await subject.claim(as: subject.newWorker(), leaseSeconds: 60).token
        for _ in 0..<3 {
            try await subject.advance(40)
            #expect(try await subject.store.expireLeases() == 0)
            try await subject.queue.renew(token, leaseSeconds: 60, reports: [])
        }
        try await subject.queue.finish(token, with: .sample)
    }

    private static func repeats(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(2)
        let worker = try await subject.newWorker()
        let given = try await subject.claim(as: worker).token
        for _ in 0..<2 { try await subject.queue.giveBack(given) }
        let crashed = try await subject.claim(as: worker).token
        for _ in 0..<2 { try await subject.queue.fail(crashed, because: TrialFailure(.crashed, "signal 9")) }
        try await subject.advance(5)
        let won = try await subject.claim(as: worker).token
        #expect(won.trial == 0 && won.attempt == 3)
        // Also when the next attempt runs already, and with another result.
        try await subject.queue.fail(crashed, because: TrialFailure(.crashed, "signal 9"))
        try await subject.queue.finish(won, with: .sample)
        try await subject.queue.finish(won, with: .sample)
        try await subject.queue.finish(
            won,
            with: TrialResult(
                measurements: [Measurement("accuracy", 0.9, .deterministic, method: "other")],
                computeClass: "other"))
        let trial = try await subject.firstTrial()
        #expect(trial.measurements == TrialResult.sample.measurements)
        #expect(trial.computeClass == "test/float32" && trial.attempts == 3)
        let outcomes = try await subject.store.attempts(at: 0, of: study.id).map(\.outcome)
        #expect(outcomes == ["given_back", "crashed", "finished"])
    }

    private static func reports(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(1)
        let token = try await subject.claim(as: subject.newWorker()).token
        let first = Report(step: 1, metrics: ["loss": 0.1 + 0.2, "steps": 30])
        let second = Report(step: 2, metrics: [:])
        try await subject.queue.renew(token, leaseSeconds: 60, reports: [first])
        try await subject.queue.renew(
            token, leaseSeconds: 60, reports: [Report(step: 1, metrics: ["loss": 9]), second])
        #expect(try await subject.store.attempts(at: 0, of: study.id).map(\.reports) == [[first, second]])
    }

    private static func crashes(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(1)
        let worker = try await subject.newWorker()
        var token = try await subject.claim(as: worker).token
        for wait in [1.0, 2.0] {
            let start = ContinuousClock.now
            try await subject.queue.fail(token, because: TrialFailure(.crashed, "exit 1"))
            if let early = try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60) {
                // A machine that stalls lets the wait pass, of which the lower half is certain.
                #expect(start.duration(to: .now) >= .seconds(wait / 2))
                token = early.token
                continue
            }
            #expect(try await subject.firstTrial().state == .ready)
            try await subject.advance(wait + 0.01)
            token = try await subject.claim(as: worker).token
        }
        try await subject.queue.fail(token, because: TrialFailure(.crashed, "exit 2"))
        let trial = try await subject.firstTrial()
        #expect(trial.state == .failed && trial.attempts == 3)
        #expect(trial.failure == TrialFailure(.crashed, "exit 2"))
        try await subject.advance(100)
        #expect(try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60) == nil)
        #expect(try await subject.store.progress(of: study.id).trials == [.failed: 1])
    }

    /// Loses the only trial's next attempt, as a worker.
    private static func lose(_ subject: StoreUnderTest, as worker: WorkerID) async throws {
        _ = try await subject.claim(as: worker, leaseSeconds: StoreUnderTest.shortLease)
        try await subject.advance(1)
        #expect(try await subject.store.expireLeases() == 1)
    }

    private static func losses(_ subject: StoreUnderTest) async throws {
        _ = try await subject.studyWithTrials(1)
        let workers = [
            try await subject.newWorker(), try await subject.newWorker(), try await subject.newWorker(),
        ]
        for index in 0..<8 {
            #expect(try await subject.firstTrial().state == .ready)
            try await lose(subject, as: workers[index % 3])
        }
        let trial = try await subject.firstTrial()
        #expect(trial.state == .failed && trial.failure?.reason == .lost && trial.attempts == 8)
    }

    private static func fewWitnesses(_ subject: StoreUnderTest) async throws {
        _ = try await subject.studyWithTrials(1)
        let workers = [try await subject.newWorker(), try await subject.newWorker()]
        for index in 0..<10 { try await lose(subject, as: workers[index % 2]) }
        #expect(try await subject.firstTrial().state == .ready)
        try await lose(subject, as: subject.newWorker())
        #expect(try await subject.firstTrial().failure?.reason == .lost)
    }

    private static func separateCounters(_ subject: StoreUnderTest) async throws {
        _ = try await subject.studyWithTrials(1)
        let worker = try await subject.newWorker()
        for _ in 0..<2 {
            for _ in 0..<3 { try await lose(subject, as: subject.newWorker()) }
            let token = try await subject.claim(as: worker).token
            try await subject.queue.fail(token, because: TrialFailure(.crashed, "exit 1"))
            try await subject.advance(60)
        }
        #expect(try await subject.firstTrial().state == .ready)
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        #expect(try await subject.firstTrial().attempts == 9)
    }

    private static func machineFailures(_ subject: StoreUnderTest) async throws {
        _ = try await subject.studyWithTrials(2)
        let workers = [try await subject.newWorker(), try await subject.newWorker()]
        // Of one kind each: a time-out and an exhausted memory are no two time-outs.
        let story: [(Int, TrialFailure.Reason)] = [(0, .timedOut), (0, .timedOut), (1, .outOfMemory)]
        for (worker, reason) in story {
            let token = try await subject.claim(as: workers[worker]).token
            #expect(token.trial == 0)
            try await subject.queue.fail(token, because: TrialFailure(reason, "limit"))
            #expect(try await subject.firstTrial().state == .ready)
            try await subject.advance(60)
        }
        let token = try await subject.claim(as: workers[1]).token
        try await subject.queue.fail(token, because: TrialFailure(.timedOut, "limit"))
        #expect(try await subject.firstTrial().failure == TrialFailure(.timedOut, "limit"))
    }

    private static func loneWorker(_ subject: StoreUnderTest) async throws {
        _ = try await subject.studyWithTrials(1)
        let worker = try await subject.newWorker()
        for _ in 0..<5 {
            #expect(try await subject.firstTrial().state == .ready)
            let token = try await subject.claim(as: worker).token
            try await subject.queue.fail(token, because: TrialFailure(.outOfMemory, "9 GB"))
            try await subject.advance(60)
        }
        #expect(try await subject.firstTrial().failure?.reason == .outOfMemory)
    }

    private static func finalFailures(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(2)
        let worker = try await subject.newWorker()
        // Longer than the store keeps, with a character that it cannot hold.
        let log = "é\0" + String(repeating: "é", count: 10_000) + "end"
        try await subject.queue.fail(
            subject.claim(as: worker).token, because: TrialFailure(.diverged, log))
        try await subject.queue.fail(
            subject.claim(as: worker).token, because: TrialFailure(.invalid, "rank 2000"))
        let trials = try await subject.store.trials(of: study.id)
        #expect(trials.map(\.state) == [.failed, .failed])
        #expect(trials.map(\.failure?.reason) == [.diverged, .invalid])
        let detail = try #require(trials.first?.failure?.detail)
        #expect(detail.hasSuffix("ééend") && detail.utf8.count <= 16_384 && detail.utf8.count > 16_000)
    }

    private static func givingBack(_ subject: StoreUnderTest) async throws {
        _ = try await subject.studyWithTrials(1)
        let worker = try await subject.newWorker()
        for attempt in 1...12 {
            let token = try await subject.claim(as: worker).token
            #expect(token.attempt == attempt)
            try await subject.queue.giveBack(token)
            #expect(try await subject.firstTrial().state == .ready)
        }
    }

    private static func opportunism(_ subject: StoreUnderTest) async throws {
        _ = try await subject.studyWithTrials(1)
        _ = try await subject.claim(as: subject.newWorker(), leaseSeconds: StoreUnderTest.shortLease)
        try await subject.advance(1)
        let worker = try await subject.newWorker()
        // The first call frees it at the latest, the second gets it.
        let first = try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60)
        let second = try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60)
        #expect((first ?? second)?.token.attempt == 2)
    }

    private static func finiteness(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(1)
        let token = try await subject.claim(as: subject.newWorker()).token
        let isRefused: (StoreError) -> Bool = { if case .refused = $0 { true } else { false } }
        for value in [Double.nan, .infinity] {
            await expectThrows(isRefused) {
                try await subject.queue.renew(
                    token, leaseSeconds: 60, reports: [Report(step: 1, metrics: ["loss": value])])
            }
            await expectThrows(isRefused) {
                let measurement = Measurement("accuracy", value, .deterministic, method: "test")
                try await subject.queue.finish(
                    token, with: TrialResult(measurements: [measurement], computeClass: "test"))
            }
        }
        #expect(try await subject.store.attempts(at: 0, of: study.id).map(\.reports) == [[]])
        #expect(try await subject.firstTrial().state == .running)
    }
}
