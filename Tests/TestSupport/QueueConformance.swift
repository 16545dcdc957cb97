import Experiments
import Foundation
import Testing

/// What every store does so that trials shorter than a commit are cheap, and
/// long studies no slower than short ones.
public enum QueueConformance {
    public static let rules: [ConformanceRule] = [
        ConformanceRule("a result and the next claim are written together", together),
        ConformanceRule("both may be repeated, and give the same lease", repeated),
        ConformanceRule("a claim that is repeated gets the lease that it has, renewed", sameClaim),
        ConformanceRule("who is fenced claims nothing", fenced),
        ConformanceRule("a worker that has nothing to claim next still finishes", nothingNext),
        ConformanceRule("what is ready again is claimed, however many have ended after it", older),
        ConformanceRule("a complete study has no work", complete),
        ConformanceRule("trials are read by what is asked for", selections),
        ConformanceRule("what has ended is told apart from what runs", ended),
        ConformanceRule("the front is read with little more than its members", candidates),
        ConformanceRule("counts are those of the trials, whatever has happened", counts),
    ]

    private static func request(_ worker: WorkerID, study: StudyID? = nil, seconds: Double = 60)
        -> ClaimRequest
    {
        ClaimRequest(worker: worker, study: study, leaseSeconds: seconds, mark: UUID())
    }

    private static func together(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(2)
        let worker = try await subject.newWorker()
        let first = try await subject.claim(as: worker).token
        let second = try #require(
            try await subject.queue.finish(first, with: .sample, thenClaim: request(worker)))
        #expect(second.token == WorkToken(study: study.id, trial: 1, rung: 0, purpose: .train, attempt: 1))
        #expect(second.configuration == ProposedTrial.sample(1).configuration)
        let trials = try await subject.store.trials(of: study.id)
        #expect(trials.map(\.state) == [.done, .running])
        #expect(trials[0].measurements == TrialResult.sample.measurements)
        #expect(try await subject.store.running(in: study.id).map(\.number) == [1])
    }

    private static func repeated(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(3)
        let worker = try await subject.newWorker()
        let first = try await subject.claim(as: worker).token
        let wish = request(worker)
        let second = try await subject.queue.finish(first, with: .sample, thenClaim: wish)
        #expect(try await subject.queue.finish(first, with: .sample, thenClaim: wish) == second)
        #expect(try await subject.queue.claim(wish) == second)
        let states = try await subject.store.trials(of: study.id).map(\.state)
        #expect(states == [.done, .running, .ready])
        #expect(try await subject.store.attempts(at: 1, of: study.id).count == 1)
    }

    private static func sameClaim(_ subject: StoreUnderTest) async throws {
        _ = try await subject.studyWithTrials(2)
        let worker = try await subject.newWorker()
        let wish = request(worker, seconds: 60)
        let claim = try #require(try await subject.queue.claim(wish))
        // Who repeats it counts from the repeat.
        for _ in 0..<3 {
            try await subject.advance(40)
            #expect(try await subject.queue.claim(wish) == claim)
        }
        #expect(try await subject.store.expireLeases() == 0)
        try await subject.queue.giveBack(claim.token)
        let again = try #require(try await subject.queue.claim(wish))
        #expect(again.token.trial == 0 && again.token.attempt == 2)
    }

    private static func fenced(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(2)
        let dead = try await subject.newWorker()
        let token = try await subject.claim(as: dead, leaseSeconds: StoreUnderTest.shortLease).token
        try await subject.advance(1)
        try await subject.store.expireLeases()
        await expectFenced {
            _ = try await subject.queue.finish(token, with: .sample, thenClaim: request(dead))
        }
        #expect(try await subject.store.trials(of: study.id).map(\.state) == [.ready, .ready])
    }

    private static func nothingNext(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(1)
        let worker = try await subject.newWorker()
        let token = try await subject.claim(as: worker).token
        #expect(try await subject.queue.finish(token, with: .sample, thenClaim: request(worker)) == nil)
        #expect(try await subject.store.progress(of: study.id) == StudyProgress(trials: [.done: 1]))
    }

    /// Claims look from the first trial on that has not ended.
    private static func older(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(3)
        let worker = try await subject.newWorker()
        let first = try await subject.claim(as: worker).token
        for _ in 0..<2 { try await subject.queue.finish(subject.claim(as: worker).token, with: .sample) }
        for number in 3..<9 {
            try await subject.store.propose([.sample(number)], to: study.id, epoch: epoch)
            let claim = try await subject.claim(as: worker)
            #expect(claim.token.trial == number)
            try await subject.queue.finish(claim.token, with: .sample)
        }
        try await subject.queue.giveBack(first)
        try await subject.store.propose([.sample(9)], to: study.id, epoch: epoch)
        #expect(try await subject.claim(as: worker).token.trial == 0)
        #expect(try await subject.claim(as: worker).token.trial == 9)
    }

    private static func complete(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1)
        let worker = try await subject.newWorker()
        try await subject.store.setState(.complete, of: study.id, epoch: epoch)
        #expect(try await subject.queue.claim(request(worker)) == nil)
    }

    private static func selections(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(6)
        func numbers(_ selection: TrialSelection) async throws -> [Int] {
            let trials = try await subject.store.trials(of: study.id, selection)
            #expect(trials == selection.select(from: try await subject.store.trials(of: study.id)))
            return trials.map(\.number)
        }
        #expect(try await numbers(.all) == [0, 1, 2, 3, 4, 5])
        #expect(try await numbers(.numbered([4, 1, 4, 99])) == [1, 4])
        #expect(try await numbers(.numbered([])) == [])
        #expect(try await numbers(.page(after: nil, limit: 2)) == [0, 1])
        #expect(try await numbers(.page(after: 1, limit: 3)) == [2, 3, 4])
        #expect(try await numbers(.page(after: 4, limit: 3)) == [5])
        #expect(try await numbers(.page(after: 5, limit: 3)) == [])
        #expect(try await numbers(.page(after: nil, limit: 0)) == [])
    }

    private static func ended(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(5, rungs: [0.5, 1])
        let worker = try await subject.newWorker()
        let tokens = try await [
            subject.claim(as: worker).token, subject.claim(as: worker).token, subject.claim(as: worker).token,
        ]
        try await subject.queue.finish(tokens[0], with: .sample)
        try await subject.queue.fail(tokens[1], because: TrialFailure(.diverged, "loss"))
        func numbers(_ asked: [Int]) async throws -> [Int] {
            try await subject.store.trials(of: study.id, .ended(asked)).map(\.number)
        }
        #expect(try await numbers([0, 1, 2, 3, 4]) == [0, 1])
        #expect(try await numbers([1, 4]) == [1])
        let promoted = PromotedTrial(
            number: 0, rung: 1, span: VirtualSpan(start: 50, finish: 60), isProvisional: false)
        try await subject.store.promote([promoted], in: study.id, epoch: epoch)
        #expect(try await numbers([0, 1, 2, 3, 4]) == [1])
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        #expect(try await numbers([0, 1]) == [0, 1])
    }

    private static func candidates(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1)
        let worker = try await subject.newWorker()
        // Each as long as two places in the line.
        let trials = (1..<6).map { number in
            var trial = ProposedTrial.sample(number)
            trial.span = VirtualSpan(start: number * 10, finish: number * 10 + 20)
            return trial
        }
        try await subject.store.propose(trials, to: study.id, epoch: epoch)
        for _ in 0..<5 { try await subject.queue.finish(subject.claim(as: worker).token, with: .sample) }
        func numbers(_ last: [Int]) async throws -> [Int] {
            let selected = try await subject.store.trials(of: study.id, .front(last: last))
            let all = try await subject.store.trials(of: study.id)
            #expect(selected == TrialSelection.front(last: last).select(from: all))
            return selected.map(\.number)
        }
        // The baseline, the members, and what is done beyond the latest start, 50.
        #expect(try await numbers([2]) == [0, 2, 4])
        #expect(try await numbers([]) == [0, 4])
    }

    /// Against the trials themselves, after every move that a trial can make.
    private static func counts(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(5, rungs: [0.5, 1])
        let worker = try await subject.newWorker()
        func check() async throws {
            let trials = try await subject.store.trials(of: study.id)
            let progress = try await subject.store.progress(of: study.id)
            #expect(progress.trials == Dictionary(trials.map { ($0.state, 1) }, uniquingKeysWith: +))
            #expect(progress.count == trials.count)
        }
        try await check()
        for number in 0..<4 {
            let token = try await subject.claim(as: worker).token
            try await check()
            if number == 1 {
                try await subject.queue.fail(token, because: TrialFailure(.invalid, "bad"))
            } else {
                try await subject.queue.finish(token, with: .sample)
            }
            try await check()
        }
        let promoted = PromotedTrial(
            number: 0, rung: 1, span: VirtualSpan(start: 50, finish: 60), isProvisional: false)
        try await subject.store.promote([promoted], in: study.id, epoch: epoch)
        try await check()
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        try await check()
        try await subject.store.stop([2, 3], in: study.id, epoch: epoch)
        try await check()
        try await subject.store.extend(study.id, trials: 100)
        try await check()
        let lost = try await subject.claim(as: worker, leaseSeconds: StoreUnderTest.shortLease).token
        try await subject.advance(1)
        try await subject.store.expireLeases()
        try await check()
        #expect(lost.trial == 4)
    }
}
