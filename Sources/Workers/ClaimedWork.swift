import Experiments
import Foundation

/// A claim, and when it was asked for by the worker's clock.
struct Grant: Sendable {
    var claim: Claim
    var sent: Duration
}

/// One claim from its grant to the store's last answer about it.
struct ClaimedWork: Sendable {
    let claim: Claim
    let queue: any TrialQueue
    let settings: WorkerSettings
    let clock: any MonotonicClock
    let observe: @Sendable (WorkerEvent) -> Void
    let backoff: Backoff
    let folders: StudyFolders
    let refused: RefusedStudies

    /// Trains and writes the outcome, with the lease held all the while.
    /// - Parameter request: what is asked for together with the write of a
    ///   result, unless the worker ends.
    /// - Returns: what it was granted.
    func run(
        in folder: WorkFolder, sentAt sent: Duration, asking request: @Sendable () -> ClaimRequest?,
        train: @escaping @Sendable (TrainerSession) async -> TrainerOutcome
    ) async -> Grant? {
        let reports = ReportBuffer()
        let keeper = LeaseKeeper(
            token: claim.token, queue: queue, leaseSeconds: settings.leaseSeconds, grantedAt: sent,
            reports: reports, clock: clock)
        if Task.isCancelled {
            _ = await conclude(.stopped, keeper: keeper, asking: nil)
            return nil
        }
        let log = TrainerLog(path: folder.logPath(attempt: claim.token.attempt))
        let session = TrainerSession(
            request: engineRequest(in: folder), reports: reports, log: log, limits: settings.limits)
        return await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                // A short trial costs no more than this: nothing is due so early.
                guard (try? await clock.sleep(for: keeper.firstPause)) != nil else { return }
                await keeper.keep { session.stop(.leaseLost) }
            }
            let outcome = await withTaskCancellationHandler {
                await Uncancelled.run { await train(session) }
            } onCancel: {
                session.stop(.shutdown)
            }
            let written = await conclude(outcome, keeper: keeper, asking: Task.isCancelled ? nil : request())
            if written.isTaken, outcome.endsTrial(after: session.request) { folder.remove() }
            tasks.cancelAll()
            return written.next
        }
    }

    /// The folder of the trial.
    func makeFolder() throws(InputError) -> WorkFolder {
        try WorkFolder(of: claim, in: folders)
    }

    /// Returns the claim as it came, without a word of it.
    func giveBack() async {
        _ = await write(nil) {
            try await queue.giveBack(claim.token)
            return nil
        }
    }

    /// Returns the claim as it came: no trial of its study is for this worker.
    /// - Parameter study: given if it lacks something that may come.
    func refuse(because reason: String, lacking study: Study? = nil) async {
        if refused.insert(claim.token.study, lacking: study) {
            observe(.refused(claim.token, reason: reason))
        }
        await giveBack()
    }

    private func engineRequest(in folder: WorkFolder) -> EngineRequest {
        var study = claim.study
        let rungs = study.search.rungs
        // To the engine it is the whole training of a trial with another seed,
        // from which nothing follows.
        let isReplicate = claim.token.purpose == .replicate
        if isReplicate { study.search.derived = 0 }
        let rung = isReplicate ? rungs.count - 1 : claim.token.rung
        let share = rungs.indices.contains(rung) ? rungs[rung] : 1
        return EngineRequest(
            purpose: isReplicate ? .train : claim.token.purpose, study: study, trial: claim.token.trial,
            attempt: claim.token.attempt, seed: claim.seed, rung: rung,
            configuration: claim.configuration, workFolder: folder.path, budget: settings.budget * share,
            validationLimit: settings.validationLimit,
            resumes: folder.isResumed, artifactFolder: "\(settings.dataFolder)/artifacts",
            finishedFolder: settings.finishedFolder, statesFolder: settings.statesFolder,
            artifact: claim.artifact, origin: claim.origin)
    }

    /// Writes the outcome until the store has answered.
    private func conclude(
        _ outcome: TrainerOutcome, keeper: LeaseKeeper, asking request: ClaimRequest?
    ) async -> Written {
        let token = claim.token
        switch outcome {
        case .finished(var result):
            result.record = AttemptRecord(of: result, for: claim, settings)
            return await write(.finished(token, result)) { [result] in
                try await keeper.flush()
                return try await finish(with: result, asking: request)
            }
        case .failed(let failure):
            return await write(.failed(token, failure)) {
                try await keeper.flush()
                try await queue.fail(token, because: failure)
                return nil
            }
        case .stopped:
            return await write(.gaveBack(token)) {
                try await queue.giveBack(token)
                return nil
            }
        case .abandoned:
            observe(.abandoned(token))
            return .notTaken
        case .refused(let reason):
            await refuse(because: reason, lacking: claim.study)
            return .notTaken
        }
    }

    /// The result, and the next claim in the same commit. A repeat of both finds
    /// what the first one did.
    private func finish(with result: TrialResult, asking request: ClaimRequest?) async throws -> Grant? {
        if let request {
            do {
                let sent = clock.now()
                return try await queue.finish(claim.token, with: result, thenClaim: request)
                    .map { Grant(claim: $0, sent: sent) }
            } catch StoreError.refused {
                // Perhaps it is the claim that is refused: the result alone may be taken.
            }
        }
        try await queue.finish(claim.token, with: result)
        return nil
    }

    /// What came of writing an outcome.
    private struct Written: Sendable {
        var isTaken: Bool
        var next: Grant?

        static let notTaken = Written(isTaken: false, next: nil)
    }

    /// Repeats a write until it is answered.
    private func write(
        _ done: WorkerEvent?, _ body: @escaping @Sendable () async throws -> Grant?
    ) async -> Written {
        var backoff = backoff
        var deadline: Duration?
        while true {
            switch await Uncancelled.run({ await Self.answer(to: body) }) {
            case .taken(let next):
                if let done { observe(done) }
                return Written(isTaken: true, next: next)
            case .fenced:
                observe(.abandoned(claim.token))
                return .notTaken
            case .refused(let reason): return await giveUp(because: reason)
            case .unanswered(let reason): observe(.storeFailed(reason))
            }
            // A worker that ends has less patience: what it cannot say, the
            // end of its lease will.
            if Task.isCancelled {
                let end = deadline ?? clock.now() + settings.patience.shutdownGrace
                if clock.now() >= end { return .notTaken }
                deadline = end
            }
            let delay = backoff.nextDelay()
            await Uncancelled.run { try? await clock.sleep(for: delay) }
        }
    }

    private enum Answer: Sendable {
        case taken(Grant?), fenced, refused(String), unanswered(String)
    }

    private static func answer(to body: @Sendable () async throws -> Grant?) async -> Answer {
        do {
            return .taken(try await body())
        } catch StoreError.fenced {
            return .fenced
        } catch StoreError.refused(let reason) {
            return .refused(reason)
        } catch {
            return .unanswered("\(error)")
        }
    }

    /// The store will not have this outcome, now or later. It is told of a
    /// crash instead, which ends the trial once it has happened often enough.
    private func giveUp(because reason: String) async -> Written {
        observe(.storeFailed(reason))
        let failure = TrialFailure(.crashed, "the store refused the outcome: \(reason)")
        _ = await Uncancelled.run {
            await Self.answer {
                try await queue.fail(claim.token, because: failure)
                return nil
            }
        }
        return .notTaken
    }
}

extension TrainerOutcome {
    /// Whether the trial needs its folder no more. A crash may be tried again,
    /// and a rung may be followed by another.
    fileprivate func endsTrial(after request: EngineRequest) -> Bool {
        switch self {
        case .finished: !request.isIntermediate
        case .failed(let failure): failure.reason.isFinal
        case .stopped, .abandoned, .refused: false
        }
    }
}
