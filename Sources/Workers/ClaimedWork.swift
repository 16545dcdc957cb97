import Experiments
import Foundation

/// One claim from its grant to the store's last answer about it.
struct ClaimedWork: Sendable {
    let claim: Claim
    let queue: any TrialQueue
    let settings: WorkerSettings
    let clock: any MonotonicClock
    let observe: @Sendable (WorkerEvent) -> Void
    let backoff: Backoff

    /// Trains and writes the outcome, with the lease held all the while.
    func run(sentAt sent: Duration, train: @escaping @Sendable (TrainerSession) async -> TrainerOutcome) async
    {
        let reports = ReportBuffer()
        let keeper = LeaseKeeper(
            token: claim.token, queue: queue, leaseSeconds: settings.leaseSeconds, grantedAt: sent,
            reports: reports, clock: clock)
        if Task.isCancelled {
            _ = await conclude(.stopped, keeper: keeper)
            return
        }
        let folder: WorkFolder
        do {
            folder = try WorkFolder(of: claim, under: settings.dataFolder)
        } catch {
            _ = await conclude(.failed(TrialFailure(.crashed, "\(error)")), keeper: keeper)
            return
        }
        let log = TrainerLog(path: folder.logPath(attempt: claim.token.attempt))
        let session = TrainerSession(request: request(in: folder), reports: reports, log: log)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await keeper.keep { session.stop(.leaseLost) } }
            let outcome = await withTaskCancellationHandler {
                await Uncancelled.run { await train(session) }
            } onCancel: {
                session.stop(.shutdown)
            }
            let isStored = await conclude(outcome, keeper: keeper)
            if isStored, outcome.endsTrial(after: session.request) { folder.remove() }
            tasks.cancelAll()
        }
    }

    /// Returns the claim as it came, without a word of it.
    func giveBack() async {
        _ = await write(nil) { try await queue.giveBack(claim.token) }
    }

    private func request(in folder: WorkFolder) -> EngineRequest {
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

    /// Writes the outcome until the store has answered; whether it took it.
    private func conclude(_ outcome: TrainerOutcome, keeper: LeaseKeeper) async -> Bool {
        let token = claim.token
        switch outcome {
        case .finished(var result):
            result.record = AttemptRecord(of: result, for: claim, settings)
            return await write(.finished(token, result)) { [result] in
                try await keeper.flush()
                try await queue.finish(token, with: result)
            }
        case .failed(let failure):
            return await write(.failed(token, failure)) {
                try await keeper.flush()
                try await queue.fail(token, because: failure)
            }
        case .stopped: return await write(.gaveBack(token)) { try await queue.giveBack(token) }
        case .abandoned:
            observe(.abandoned(token))
            return false
        }
    }

    /// Repeats a write until it is answered.
    private func write(_ done: WorkerEvent?, _ body: @escaping @Sendable () async throws -> Void) async
        -> Bool
    {
        var backoff = backoff
        var deadline: Duration?
        while true {
            switch await Uncancelled.run({ await Self.answer(to: body) }) {
            case .taken:
                if let done { observe(done) }
                return true
            case .fenced:
                observe(.abandoned(claim.token))
                return false
            case .refused(let reason): return await giveUp(because: reason)
            case .unanswered(let reason): observe(.storeFailed(reason))
            }
            // A worker that ends has less patience: what it cannot say, the
            // end of its lease will.
            if Task.isCancelled {
                let end = deadline ?? clock.now() + settings.patience.shutdownGrace
                if clock.now() >= end { return false }
                deadline = end
            }
            let delay = backoff.nextDelay()
            await Uncancelled.run { try? await clock.sleep(for: delay) }
        }
    }

    private enum Answer: Sendable {
        case taken, fenced, refused(String), unanswered(String)
    }

    private static func answer(to body: @Sendable () async throws -> Void) async -> Answer {
        do {
            try await body()
            return .taken
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
    private func giveUp(because reason: String) async -> Bool {
        observe(.storeFailed(reason))
        let failure = TrialFailure(.crashed, "the store refused the outcome: \(reason)")
        _ = await Uncancelled.run {
            await Self.answer { try await queue.fail(claim.token, because: failure) }
        }
        return false
    }
}

extension TrainerOutcome {
    /// Whether the trial needs its folder no more. A crash may be tried again,
    /// and a rung may be followed by another.
    fileprivate func endsTrial(after request: EngineRequest) -> Bool {
        switch self {
        case .finished: !request.isIntermediate
        case .failed(let failure): failure.reason.isFinal
        case .stopped, .abandoned: false
        }
    }
}
