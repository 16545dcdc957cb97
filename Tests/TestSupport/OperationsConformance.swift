import Experiments
import Foundation
import Testing

/// What every store does when a person pauses, stops or resumes a study.
public enum OperationsConformance {
    public static let rules: [ConformanceRule] = [
        ConformanceRule("of a paused study nothing is claimed, and what runs goes on", pausing),
        ConformanceRule("a claim whose reply was lost is found in spite of a pause", repeatedClaim),
        ConformanceRule("other studies are claimed while one is paused", neighbours),
        ConformanceRule("a stop cuts the search once, and fences whoever decides", stopping),
        ConformanceRule("a stop at once cancels what is ready or runs, and fences its workers", cancelling),
        ConformanceRule("what was cancelled goes on when the stop is taken back", resuming),
        ConformanceRule("a larger budget takes back a stop, and no other cut", growing),
        ConformanceRule("states go forward alone, but for a search that goes on", goingForward),
        ConformanceRule("a complete study is neither paused nor stopped", complete),
        ConformanceRule("a study that is deleted is refused", deleted),
        ConformanceRule("a drained worker keeps what it holds and is granted nothing more", draining),
        ConformanceRule("workers are known with what they hold, until they leave", fleet),
        ConformanceRule("a worker that the store does not know is told so", stranger),
    ]

    private static func stored(_ subject: StoreUnderTest) async throws -> StoredStudy {
        try #require(try await subject.store.study(named: "sample"))
    }

    private static func states(_ subject: StoreUnderTest, _ study: StudyID) async throws -> [TrialState] {
        try await subject.store.trials(of: study).map(\.state)
    }

    private static func pausing(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(3)
        let worker = try await subject.newWorker()
        let token = try await subject.claim(as: worker).token
        for _ in 0..<2 { try await subject.store.pause(study.id) }
        #expect(try await stored(subject).isPaused)
        #expect(try await subject.store.progress(of: study.id).isPaused)
        #expect(try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60) == nil)
        #expect(try await subject.queue.claim(worker: worker, study: study.id, leaseSeconds: 60) == nil)
        try await subject.queue.renew(token, leaseSeconds: 60, reports: [])
        let request = ClaimRequest(worker: worker, study: nil, leaseSeconds: 60, mark: UUID())
        #expect(try await subject.queue.finish(token, with: .sample, thenClaim: request) == nil)
        #expect(try await states(subject, study.id) == [.done, .ready, .ready])
        // Decisions are taken all the same.
        try await subject.store.propose([.sample(3)], to: study.id, epoch: epoch)
        for _ in 0..<2 { try await subject.store.resume(study.id) }
        let resumed = try await stored(subject)
        #expect(!resumed.isPaused && !resumed.hasGrown)
        #expect(try await subject.claim(as: worker).token.trial == 1)
        try await subject.store.propose([.sample(4)], to: study.id, epoch: epoch)
    }

    private static func repeatedClaim(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(2)
        let worker = try await subject.newWorker()
        let request = ClaimRequest(worker: worker, study: nil, leaseSeconds: 60, mark: UUID())
        let claim = try await subject.queue.claim(request)
        try await subject.store.pause(study.id)
        #expect(try await subject.queue.claim(request) == claim)
    }

    private static func neighbours(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(1)
        let (other, _) = try await subject.studyWithTrials(1, name: "other")
        try await subject.store.pause(study.id)
        #expect(try await subject.claim(as: subject.newWorker()).token.study == other.id)
    }

    private static func stopping(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(3)
        let token = try await subject.claim(as: subject.newWorker()).token
        try await subject.store.pause(study.id)
        for _ in 0..<2 { try await subject.store.stop(study.id, now: false) }
        let stopped = try await stored(subject)
        #expect(stopped.cut == SearchCut(trials: 3, reason: .stop))
        #expect(!stopped.isPaused && !stopped.hasGrown && stopped.state == .running)
        await expectFenced { try await subject.store.propose([.sample(3)], to: study.id, epoch: epoch) }
        #expect(try await subject.store.control(study.id, epoch: epoch, seconds: 60) == nil)
        // Nobody has to wait for the lease of who was fenced.
        let next = try #require(try await subject.store.control(study.id, epoch: nil, seconds: 60))
        #expect(next > epoch)
        try await subject.queue.finish(token, with: .sample)
        #expect(try await states(subject, study.id) == [.done, .ready, .ready])
    }

    private static func cancelling(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(4)
        let worker = try await subject.newWorker()
        try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
        let token = try await subject.claim(as: worker).token
        try await subject.store.requestTests(of: [0], in: study.id, epoch: epoch)
        for _ in 0..<2 { try await subject.store.stop(study.id, now: true) }
        #expect(try await stored(subject).cut == SearchCut(trials: 4, reason: .stopNow))
        #expect(try await stored(subject).hasGrown)
        #expect(try await states(subject, study.id) == [.done, .cancelled, .cancelled, .cancelled])
        #expect(try await subject.store.progress(of: study.id).trials == [.done: 1, .cancelled: 3])
        #expect(try await subject.store.running(in: study.id).isEmpty)
        #expect(try await subject.store.attempts(at: 1, of: study.id).map(\.outcome) == ["cancelled"])
        await expectFenced { try await subject.queue.renew(token, leaseSeconds: 60, reports: []) }
        await expectFenced { try await subject.queue.finish(token, with: .sample) }
        await expectFenced {
            try await subject.queue.fail(token, because: TrialFailure(.crashed, "too late"))
        }
        await expectFenced { try await subject.queue.giveBack(token) }
        // What completes the study is no part of the search.
        #expect(try await subject.claim(as: worker).token.purpose == .test)
        #expect(try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60) == nil)
    }

    private static func resuming(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(3)
        let worker = try await subject.newWorker()
        let token = try await subject.claim(as: worker).token
        try await subject.store.stop(study.id, now: true)
        let epoch = try #require(try await subject.store.control(study.id, epoch: nil, seconds: 60))
        try await subject.store.setState(.complete, of: study.id, epoch: epoch)
        try await subject.store.resume(study.id)
        await expectFenced { try await subject.store.setState(.complete, of: study.id, epoch: epoch) }
        let resumed = try await stored(subject)
        #expect(resumed.cut == nil && resumed.state == .running && resumed.hasGrown)
        #expect(try await states(subject, study.id) == [.ready, .ready, .ready])
        let again = try await subject.claim(as: worker).token
        #expect(again.trial == 0 && again.attempt == token.attempt + 1)
        await expectFenced { try await subject.queue.finish(token, with: .sample) }
        try await subject.queue.finish(again, with: .sample)
        #expect(try await subject.store.progress(of: study.id).trials == [.done: 1, .ready: 2])
    }

    private static func growing(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(2)
        try await subject.store.stop(study.id, now: true)
        try await subject.store.extend(study.id, trials: 65)
        #expect(try await stored(subject).cut == nil)
        #expect(try await states(subject, study.id) == [.ready, .ready])
        let epoch = try #require(try await subject.store.control(study.id, epoch: nil, seconds: 60))
        let cut = SearchCut(trials: 2, reason: .energy)
        try await subject.store.cut(study.id, at: cut, under: SearchLimits(), epoch: epoch)
        try await subject.store.stop(study.id, now: false)
        #expect(try await stored(subject).cut == cut)
        try await subject.store.resume(study.id)
        try await subject.store.extend(study.id, trials: 66)
        #expect(try await stored(subject).cut == cut)
        // At once it is a person's, who may take it back.
        try await subject.store.stop(study.id, now: true)
        #expect(try await stored(subject).cut == SearchCut(trials: 2, reason: .stopNow))
        try await subject.store.resume(study.id)
        #expect(try await stored(subject).cut == nil)
    }

    private static func goingForward(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1)
        for (state, result) in [
            (StudyState.testing, StudyState.testing), (.running, .testing), (.complete, .complete),
            (.testing, .complete), (.running, .complete),
        ] {
            try await subject.store.setState(state, of: study.id, epoch: epoch)
            #expect(try await stored(subject).state == result)
        }
    }

    private static func complete(_ subject: StoreUnderTest) async throws {
        let (study, epoch) = try await subject.studyWithTrials(1)
        try await subject.store.setState(.complete, of: study.id, epoch: epoch)
        try await subject.store.pause(study.id)
        try await subject.store.stop(study.id, now: true)
        try await subject.store.resume(study.id)
        let stored = try await stored(subject)
        #expect(stored.state == .complete && stored.cut == nil && !stored.isPaused && !stored.hasGrown)
        #expect(try await states(subject, study.id) == [.ready])
    }

    private static func draining(_ subject: StoreUnderTest) async throws {
        let (_, _) = try await subject.studyWithTrials(4)
        let (worker, other) = (try await subject.newWorker(), try await subject.newWorker())
        let queue = subject.queue
        #expect(try await queue.checkIn(worker, isLeaving: false) == false)
        let request = ClaimRequest(worker: worker, study: nil, leaseSeconds: 60, mark: UUID())
        let claim = try #require(try await queue.claim(request))
        for _ in 0..<2 { #expect(try await subject.store.drain(worker) == 1) }
        #expect(try await queue.checkIn(worker, isLeaving: false))
        #expect(try await queue.checkIn(other, isLeaving: false) == false)
        #expect(try await queue.claim(request) == claim)
        #expect(try await queue.claim(worker: worker, study: nil, leaseSeconds: 60) == nil)
        let next = ClaimRequest(worker: worker, study: nil, leaseSeconds: 60, mark: UUID())
        #expect(try await queue.finish(claim.token, with: .sample, thenClaim: next) == nil)
        #expect(try await subject.store.trials(of: claim.token.study).first?.state == .done)
        #expect(try await subject.claim(as: other).token.trial == 1)
        #expect(try await subject.store.drain("nobody") == 0)
        #expect(try await queue.checkIn(worker, isLeaving: true))
        #expect(try await subject.store.drain(nil) == 1)
        #expect(try await queue.claim(worker: other, study: nil, leaseSeconds: 60) == nil)
    }

    private static func fleet(_ subject: StoreUnderTest) async throws {
        let (study, _) = try await subject.studyWithTrials(2)
        let description = WorkerDescription(
            host: "node1", processIdentifier: 7, slots: 2, program: "1.2.3", computeClass: "native-1/test")
        let worker = try await subject.queue.register(description)
        let token = try await subject.claim(as: worker, leaseSeconds: 500).token
        try await subject.advance(100)
        let known = try await subject.store.workers()
        #expect(known.map(\.id) == [worker] && known.first?.description == description)
        #expect(known.first?.isDraining == false && known.first?.hasLeft == false)
        let held = try #require(known.first?.work.first)
        #expect(held.study == study.study.name && held.token == token)
        #expect((100..<130).contains(held.seconds) && (370...400).contains(held.remaining))
        try await subject.queue.finish(token, with: .sample)
        #expect(try await subject.store.workers().first?.work == [])
        _ = try await subject.queue.checkIn(worker, isLeaving: true)
        #expect(try await subject.store.workers().isEmpty)
    }

    private static func stranger(_ subject: StoreUnderTest) async throws {
        await expectFenced {
            _ = try await subject.queue.checkIn(String(repeating: "e", count: 32), isLeaving: false)
        }
    }

    private static func deleted(_ subject: StoreUnderTest) async throws {
        let study = try await subject.store.create(.sample()).id
        try await subject.store.delete(study)
        let isDeleted: @Sendable (StoreError) -> Bool = { $0 == .studyDeleted }
        await expectThrows(isDeleted) { try await subject.store.pause(study) }
        await expectThrows(isDeleted) { try await subject.store.resume(study) }
        await expectThrows(isDeleted) { try await subject.store.stop(study, now: true) }
    }
}
