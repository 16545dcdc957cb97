import Experiments
import Testing

/// What every `StudyStore` does.
public enum StudyStoreConformance {
    public static let rules: [ConformanceRule] = [
        ConformanceRule("a study is stored once and refused when it differs", creation),
        ConformanceRule("the budget grows and never shrinks", growth),
        ConformanceRule("extending a study whose test split was measured marks it as seen", testSeen),
        ConformanceRule("proposed trials come back bit for bit", exactness),
        ConformanceRule("a repeated proposal changes nothing, a gap is refused", proposals),
        ConformanceRule("one controller at a time holds a study", control),
        ConformanceRule("a controller that was replaced can write nothing", fencedController),
        ConformanceRule("front versions are appended once", fronts),
        ConformanceRule("a test adds measurements to a done trial and nothing else", tests),
        ConformanceRule("a test that fails leaves its trial done", failedTest),
        ConformanceRule("running trials show their newest report", running),
        ConformanceRule("a deleted study takes all with it and fences its workers", deletion),
    ]

    private static func creation(_ subject: StoreUnderTest) async throws {
        let store = subject.store
        #expect(try await store.study(named: "sample") == nil)
        let created = try await store.create(.sample())
        #expect(created.study == .sample())
        #expect(created.hash == Study.sample().identityHash)
        #expect(created.state == .running)
        #expect(!created.isTestSeen)
        #expect(try await store.create(.sample()) == created)
        #expect(try await store.create(.sample(trials: 999)) == created)
        await expectThrows({ error in
            if case .studyDiffers(let differences) = error { !differences.isEmpty } else { false }
        }) {
            _ = try await store.create(.sample(seed: 8))
        }
        let other = try await store.create(.sample(name: "another"))
        #expect(other.id != created.id)
        #expect(try await store.studies() == [other, created])
        #expect(try await store.study(named: "sample") == created)
    }

    private static func growth(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(0)
        try await subject.store.extend(study.id, trials: 10)
        #expect(try await subject.store.study(named: "sample")?.study.search.trials == 64)
        try await subject.store.setState(.complete, of: study.id, epoch: epoch)
        try await subject.store.extend(study.id, trials: 64)
        #expect(try await subject.store.study(named: "sample")?.state == .complete)
        for _ in 0..<2 {
            try await subject.store.extend(study.id, trials: 100)
            let stored = try await subject.store.study(named: "sample")
            #expect(stored?.study.search.trials == 100)
            #expect(stored?.state == .running)
            #expect(stored?.isTestSeen == false)
            #expect(stored?.hash == study.hash)
        }
        // A copy of what its controller said before the budget grew.
        await expectFenced { try await subject.store.setState(.complete, of: study.id, epoch: epoch) }
    }

    private static func testSeen(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1)
        let worker = try await subject.newWorker()
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        try await subject.store.setState(.testing, of: study.id, epoch: epoch)
        try await subject.store.requestTests(of: [0], in: study.id, epoch: epoch)
        try await subject.queue.finish(subject.claim(as: worker).token, with: .testSample)
        try await subject.store.setState(.complete, of: study.id, epoch: epoch)
        #expect(try await subject.store.study(named: "sample")?.isTestSeen == false)
        try await subject.store.extend(study.id, trials: 65)
        #expect(try await subject.store.study(named: "sample")?.isTestSeen == true)
        #expect(try await subject.store.study(named: "sample")?.hasGrown == true)
    }

    private static func exactness(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(2)
        let trials = try await subject.store.trials(of: study.id)
        #expect(trials.map(\.number) == [0, 1])
        for (trial, proposed) in zip(trials, [ProposedTrial.sample(0), .sample(1)]) {
            #expect(trial.state == .ready)
            #expect(trial.seed == proposed.seed)
            #expect(trial.label == proposed.label)
            #expect(trial.assignment == proposed.assignment)
            #expect(trial.configuration == proposed.configuration)
            #expect(trial.span == proposed.span)
            #expect(trial.attempts == 0 && trial.rung == 0 && trial.measurements.isEmpty)
            #expect(trial.failure == nil && trial.computeClass == nil && trial.artifact == nil)
        }
        #expect(
            try await subject.store.progress(of: study.id)
                == StudyProgress(trials: [.ready: 2], pendingTests: 0))
    }

    private static func proposals(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(3)
        let worker = try await subject.newWorker()
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        let before = try await subject.store.trials(of: study.id)
        try await subject.store.propose([.sample(0), .sample(1), .sample(2)], to: study.id, epoch: epoch)
        #expect(try await subject.store.trials(of: study.id) == before)
        await expectThrows({ if case .refused = $0 { true } else { false } }) {
            try await subject.store.propose([.sample(4)], to: study.id, epoch: epoch)
        }
        #expect(try await subject.store.trials(of: study.id) == before)
    }

    private static func control(_ subject: StoreUnderTest) async throws {
        let study = try await subject.store.create(.sample()).id
        let first = try #require(try await subject.store.control(study, epoch: nil, seconds: 60))
        #expect(try await subject.store.control(study, epoch: nil, seconds: 60) == nil)
        try await subject.advance(40)
        #expect(try await subject.store.control(study, epoch: first, seconds: 60) == first)
        try await subject.advance(40)
        #expect(try await subject.store.control(study, epoch: nil, seconds: 60) == nil)
        try await subject.advance(40)
        let second = try #require(try await subject.store.control(study, epoch: nil, seconds: 60))
        #expect(second > first)
        #expect(try await subject.store.control(study, epoch: first, seconds: 60) == nil)
    }

    private static func fencedController(_ subject: StoreUnderTest) async throws {
        let (study, old) = try await subject.studyWithTrials(1)
        let worker = try await subject.newWorker()
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        try await subject.advance(61)
        let new = try #require(try await subject.store.control(study.id, epoch: nil, seconds: 60))
        let version = FrontVersion(version: 1, members: [0], hypervolume: nil, cause: 0)
        await expectFenced { try await subject.store.propose([.sample(1)], to: study.id, epoch: old) }
        await expectFenced { try await subject.store.append([version], to: study.id, epoch: old) }
        await expectFenced { try await subject.store.requestTests(of: [0], in: study.id, epoch: old) }
        await expectFenced { try await subject.store.setState(.complete, of: study.id, epoch: old) }
        #expect(try await subject.store.trials(of: study.id).count == 1)
        #expect(try await subject.store.frontVersions(of: study.id).isEmpty)
        #expect(try await subject.store.progress(of: study.id).pendingTests == 0)
        #expect(try await subject.store.study(named: "sample")?.state == .running)
        try await subject.store.append([version], to: study.id, epoch: new)
    }

    private static func fronts(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(3)
        let first = FrontVersion(version: 1, members: [0], hypervolume: nil, cause: 0)
        let second = FrontVersion(version: 2, members: [0, 2], hypervolume: 0.1 + 0.2, cause: 2)
        try await subject.store.append([first], to: study.id, epoch: epoch)
        let another = FrontVersion(version: 1, members: [1], hypervolume: 0.5, cause: 1)
        try await subject.store.append([another, second], to: study.id, epoch: epoch)
        try await subject.store.append([first, second], to: study.id, epoch: epoch)
        #expect(try await subject.store.frontVersions(of: study.id) == [first, second])
    }

    private static func tests(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(2)
        let worker = try await subject.newWorker()
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        await expectThrows({ if case .refused = $0 { true } else { false } }) {
            try await subject.store.requestTests(of: [1], in: study.id, epoch: epoch)
        }
        for _ in 0..<2 { try await subject.store.requestTests(of: [0], in: study.id, epoch: epoch) }
        #expect(try await subject.store.progress(of: study.id).pendingTests == 1)
        let before = try await subject.firstTrial()
        let claim = try await subject.claim(as: worker)
        #expect(claim.token.purpose == .test && claim.token.trial == 0)
        #expect(claim.artifact == "ab12")
        #expect(try await subject.firstTrial() == before)
        try await subject.queue.finish(claim.token, with: .testSample)
        var expected = before
        expected.measurements += TrialResult.testSample.measurements.filter { $0.name == "test_accuracy" }
        #expect(try await subject.firstTrial() == expected)
        #expect(try await subject.store.progress(of: study.id).pendingTests == 0)
        try await subject.store.requestTests(of: [0], in: study.id, epoch: epoch)
        #expect(try await subject.store.progress(of: study.id).pendingTests == 0)
    }

    private static func failedTest(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1)
        let worker = try await subject.newWorker()
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        let before = try await subject.firstTrial()
        try await subject.store.requestTests(of: [0], in: study.id, epoch: epoch)
        let token = try await subject.claim(as: worker).token
        try await subject.queue.fail(token, because: TrialFailure(.invalid, "no such file"))
        #expect(try await subject.firstTrial() == before)
        #expect(
            try await subject.store.progress(of: study.id)
                == StudyProgress(trials: [.done: 1], pendingTests: 0))
        #expect(
            try await subject.store.attempts(at: 0, of: study.id).map(\.outcome) == ["finished", "invalid"])
    }

    private static func running(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(2)
        let worker = try await subject.newWorker()
        let token = try await subject.claim(as: worker).token
        #expect(try await subject.store.running(in: study.id).map(\.report) == [nil])
        let reports = [
            Report(step: 1, metrics: ["loss": 0.1 + 0.2]), Report(step: 2, metrics: ["loss": 1e-300]),
        ]
        try await subject.queue.renew(token, leaseSeconds: 60, reports: reports)
        try await subject.advance(5)
        let running = try await subject.store.running(in: study.id)
        #expect(running.map(\.number) == [0])
        #expect(running.first?.report == reports.last)
        #expect(running.first?.worker == worker)
        #expect(running.first?.attempt == token.attempt && running.first?.purpose == .train)
        #expect((running.first?.seconds ?? 0) >= 5)
    }

    private static func deletion(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(2)
        let worker = try await subject.newWorker()
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        let version = FrontVersion(version: 1, members: [0], hypervolume: nil, cause: 0)
        try await subject.store.append([version], to: study.id, epoch: epoch)
        let token = try await subject.claim(as: worker).token
        for _ in 0..<2 { try await subject.store.delete(study.id) }
        #expect(try await subject.store.studies().isEmpty)
        #expect(try await subject.store.trials(of: study.id).isEmpty)
        #expect(try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60) == nil)
        await expectFenced { try await subject.queue.finish(token, with: .sample) }
        let isDeleted: @Sendable (StoreError) -> Bool = { $0 == .studyDeleted }
        await expectThrows(isDeleted) { try await subject.store.extend(study.id, trials: 99) }
        await expectThrows(isDeleted) {
            _ = try await subject.store.control(study.id, epoch: epoch, seconds: 60)
        }
    }
}

extension TrialResult {
    /// A test split's measurements; one name is already taken.
    static let testSample = TrialResult(
        measurements: [
            Measurement("accuracy", 0.9, .deterministic, method: "test split"),
            Measurement("test_accuracy", 0.7, .deterministic, method: "test split"),
        ], computeClass: "another/float32")
}

/// Expects a `StoreError` that `matches`.
func expectThrows(
    _ matches: (StoreError) -> Bool, _ call: () async throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
) async {
    do {
        try await call()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as StoreError {
        #expect(matches(error), "\(error)", sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}

func expectFenced(
    sourceLocation: SourceLocation = #_sourceLocation, _ call: () async throws -> Void
) async {
    await expectThrows({ $0 == .fenced }, call, sourceLocation: sourceLocation)
}
