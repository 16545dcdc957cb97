import Experiments
import Testing

/// What every store and queue does with trials that were derived from others.
public enum DerivedConformance {
    public static let rules: [ConformanceRule] = [
        ConformanceRule("what was derived comes back with its trial, bit for bit", results),
        ConformanceRule("a derived trial is done from the beginning, with what its parent gave", trials),
        ConformanceRule("a repeated derivation changes nothing, what does not fit is refused", repeats),
        ConformanceRule("derived trials count for themselves, and nothing is ready for them", counts),
        ConformanceRule("below the last rung nothing is derived, at the last all is", rungs),
        ConformanceRule("a test of a derived trial names what its tensors follow from", tests),
        ConformanceRule("a controller that was replaced derives nothing", fencedController),
        ConformanceRule("a derived result that is not finite is refused with its trial", notFinite),
        ConformanceRule("a deleted study takes its derived trials with it", deletion),
    ]

    private static func derived(_ place: Int, accuracy: Double) -> DerivedResult {
        DerivedResult(
            configuration: ["rank": .integer(100 + place), "learning_rate": .number(0.1 + 0.2)],
            method: "cut \(place)",
            measurements: [
                Measurement("accuracy", accuracy, .deterministic, method: "validation split"),
                Measurement("size", Double(place), .exact, method: "counted"),
            ], artifact: "cd\(place)")
    }

    private static let result = TrialResult(
        measurements: TrialResult.sample.measurements, computeClass: "test/float32", artifact: "ab12",
        derived: [derived(0, accuracy: 0.1 + 0.7), derived(1, accuracy: 0.25)])

    /// The last of these places first, so that numbers and places differ.
    private static func made(_ number: Int, place: Int, of parent: Int = 0) -> DerivedTrial {
        DerivedTrial(
            number: number, parent: parent, place: place, assignment: ["rank": .integer(100 + place)])
    }

    /// Trial 0 is finished.
    private static func finished(
        _ subject: StoreUnderTest, trials: Int = 2, rungs: [Double] = [1]
    ) async throws -> (study: StudyID, epoch: Int) {
        let (study, epoch) = try await subject.studyWithTrials(trials, rungs: rungs)
        let token = try await subject.claim(as: subject.newWorker()).token
        try await subject.queue.finish(token, with: result)
        return (study.id, epoch)
    }

    private static func results(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await finished(subject)
        #expect(try await subject.firstTrial().derived == result.derived)
        #expect(try await subject.store.trials(of: study)[1].derived.isEmpty)
    }

    private static func trials(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await finished(subject)
        try await subject.store.derive([made(2, place: 1), made(3, place: 0)], in: study, epoch: epoch)
        let trials = try await subject.store.trials(of: study)
        #expect(trials.map(\.number) == [0, 1, 2, 3])
        for (number, place) in [(2, 1), (3, 0)] {
            #expect(trials[number] == Trial(made(number, place: place), of: trials[0]))
            #expect(trials[number].state == .done && trials[number].parent == 0)
            #expect(trials[number].configuration == result.derived[place].configuration)
            #expect(trials[number].measurements == result.derived[place].measurements)
            #expect(trials[number].derivation == "cut \(place)" && trials[number].artifact == "cd\(place)")
            #expect(trials[number].seed == trials[0].seed && trials[number].attempts == 0)
            #expect(trials[number].computeClass == "test/float32")
        }
        #expect(try await subject.store.attempts(at: 2, of: study).isEmpty)
    }

    private static func repeats(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await finished(subject)
        try await subject.store.derive([made(2, place: 0)], in: study, epoch: epoch)
        let before = try await subject.store.trials(of: study)
        try await subject.store.derive([made(2, place: 0)], in: study, epoch: epoch)
        #expect(try await subject.store.trials(of: study) == before)
        // No such place, nothing derived from that trial, a gap, a configuration twice.
        for stray in [
            made(3, place: 2), made(3, place: 0, of: 1), made(4, place: 1), made(3, place: 0),
        ] {
            await expectThrows({ if case .refused = $0 { true } else { false } }) {
                try await subject.store.derive([stray], in: study, epoch: epoch)
            }
        }
        #expect(try await subject.store.trials(of: study) == before)
        try await subject.store.propose([.sample(3)], to: study, epoch: epoch)
        #expect(try await subject.store.trials(of: study).map(\.parent) == [nil, nil, 0, nil])
    }

    private static func counts(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await finished(subject, trials: 1)
        try await subject.store.derive([made(1, place: 0)], in: study, epoch: epoch)
        #expect(
            try await subject.store.progress(of: study)
                == StudyProgress(trials: [.done: 1], derived: 1, pendingTests: 0))
        let worker = try await subject.newWorker()
        #expect(try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60) == nil)
    }

    private static func rungs(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await finished(subject, trials: 1, rungs: [0.5, 1])
        #expect(try await subject.firstTrial().derived.isEmpty)
        await expectThrows({ if case .refused = $0 { true } else { false } }) {
            try await subject.store.derive([made(1, place: 0)], in: study, epoch: epoch)
        }
        var promotion = PromotedTrial(number: 0, rung: 1, span: VirtualSpan(start: 20, finish: 30))
        try await subject.store.promote([promotion], in: study, epoch: epoch)
        try await subject.queue.finish(subject.claim(as: subject.newWorker()).token, with: result)
        try await subject.store.derive([made(1, place: 0)], in: study, epoch: epoch)
        // Another budget decides the promotion anew.
        promotion.span = VirtualSpan(start: 40, finish: 50)
        try await subject.store.promote([promotion], in: study, epoch: epoch)
        let trials = try await subject.store.trials(of: study)
        #expect(trials[1] == Trial(made(1, place: 0), of: trials[0]))
        #expect(trials[1].rung == 1 && trials[1].rungs.map(\.span.start) == [0, 40])
        #expect(trials[1].rungs.map(\.measurements.count) == [0, 2])
    }

    private static func tests(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await finished(subject, trials: 1)
        try await subject.store.derive([made(1, place: 0)], in: study, epoch: epoch)
        try await subject.store.requestTests(of: [0, 1], in: study, epoch: epoch)
        let worker = try await subject.newWorker()
        let trained = try await subject.claim(as: worker)
        #expect(trained.token.trial == 0 && trained.origin == nil)
        let claim = try await subject.claim(as: worker)
        let trials = try await subject.store.trials(of: study)
        #expect(claim.token.trial == 1 && claim.token.purpose == .test && claim.token.attempt == 1)
        #expect(claim.configuration == trials[1].configuration && claim.artifact == "cd0")
        #expect(claim.origin == TensorOrigin(configuration: trials[0].configuration, artifact: "ab12"))
        #expect(claim.seed == trials[0].seed)
        try await subject.queue.finish(claim.token, with: .testSample)
        let tested = try await subject.store.trials(of: study)[1]
        #expect(tested.state == .done && tested.attempts == 0 && tested.artifact == "cd0")
        #expect(tested.value(of: "test_accuracy") != nil && tested.value(of: "accuracy") == 0.1 + 0.7)
    }

    private static func fencedController(_ subject: StoreUnderTest) async throws {
        let (study, old) = try await finished(subject)
        try await subject.advance(61)
        _ = try #require(try await subject.store.control(study, epoch: nil, seconds: 60))
        await expectFenced {
            try await subject.store.derive([made(2, place: 0)], in: study, epoch: old)
        }
        #expect(try await subject.store.trials(of: study).count == 2)
    }

    private static func notFinite(_ subject: StoreUnderTest) async throws {
        _ = try await subject.studyWithTrials(1)
        let token = try await subject.claim(as: subject.newWorker()).token
        var wrong = result
        wrong.derived[1].measurements[0].value = .nan
        await expectThrows({ if case .refused = $0 { true } else { false } }) {
            try await subject.queue.finish(token, with: wrong)
        }
        #expect(try await subject.firstTrial().state == .running)
        #expect(try await subject.firstTrial().derived.isEmpty)
    }

    private static func deletion(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await finished(subject)
        try await subject.store.derive([made(2, place: 0)], in: study, epoch: epoch)
        try await subject.store.append(
            [FrontVersion(version: 1, members: [0, 2], hypervolume: nil, cause: 2)], to: study, epoch: epoch)
        try await subject.store.delete(study)
        #expect(try await subject.store.studies().isEmpty)
        #expect(try await subject.store.trials(of: study).isEmpty)
    }
}
