public import Experiments
package import Foundation

/// A process that claims trials, has them trained and stores what comes of it.
///
/// It owns all talk with the store; the training itself runs in child
/// processes, one a slot, so that a crash there is the crash of one attempt.
public struct Worker: Sendable {
    let queue: any TrialQueue
    let settings: WorkerSettings
    let clock: any MonotonicClock
    let observe: @Sendable (WorkerEvent) -> Void
    let drain: Drain
    /// Of a slot.
    private let trainer: @Sendable (Int) -> any Trainer
    /// Of a new request.
    private let mark: @Sendable () -> UUID
    private let refused = RefusedStudies()
    private let folders: StudyFolders
    private let disk: DiskFloor
    private let inputs: WorkerInputs
    private let idle: IdleTime

    /// - Parameters:
    ///   - drain: for a wish that comes from elsewhere than the store.
    ///   - freeDisk: bytes on the disk of a folder.
    public init(
        queue: any TrialQueue, settings: WorkerSettings, clock: any MonotonicClock = SystemClock(),
        drain: Drain = Drain(), observe: @escaping @Sendable (WorkerEvent) -> Void = { _ in },
        freeDisk: @escaping @Sendable (String) -> Double? = FreeDisk.bytes
    ) {
        let (access, inputs) = (ExclusiveAccess(), WorkerInputs(settings))
        self.init(
            queue: queue, settings: settings, clock: clock, drain: drain, observe: observe,
            freeDisk: freeDisk,
            inputs: inputs
        ) { slot in
            SlotTrainer(slot: slot, settings: settings, access: access, inputs: inputs)
        }
    }

    /// A worker with trainers and marks of another kind.
    package init(
        queue: any TrialQueue, settings: WorkerSettings, clock: any MonotonicClock = SystemClock(),
        drain: Drain = Drain(), observe: @escaping @Sendable (WorkerEvent) -> Void = { _ in },
        freeDisk: @escaping @Sendable (String) -> Double? = FreeDisk.bytes,
        mark: @escaping @Sendable () -> UUID = { UUID() }, inputs: WorkerInputs? = nil,
        trainer: @escaping @Sendable (Int) -> any Trainer
    ) {
        disk = DiskFloor(floor: settings.diskFloor) {
            freeDisk(settings.dataFolder)
        } observe: {
            observe(.disk($0))
        }
        self.drain = drain
        self.queue = queue
        self.settings = settings
        self.clock = clock
        self.observe = observe
        self.trainer = trainer
        self.mark = mark
        idle = IdleTime(limit: settings.idleLimit, since: clock.now())
        self.inputs = inputs ?? WorkerInputs(settings)
        folders = StudyFolders(under: settings.dataFolder)
    }

    /// Works until the task is cancelled; then it ends the trainers, gives
    /// back their claims and returns. It also returns once it is drained and
    /// what it ran has ended, and when there was nothing to do for the limit of
    /// the settings.
    ///
    /// A store that does not answer is waited for. Throws an `InputError` when
    /// the data folder cannot be written to.
    public func run() async throws {
        try checkDataFolder()
        let registration = Registration(queue: queue, settings: settings)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await checkIn(registration) }
            await withTaskGroup(of: Void.self) { slots in
                for slot in 0..<max(1, settings.slots) {
                    slots.addTask { await serve(slot: slot, registration: registration) }
                }
            }
            tasks.cancelAll()
        }
        await leave(registration)
    }

    /// Says now and then that the worker lives, and hears whether it is to end.
    private func checkIn(_ registration: Registration) async {
        while !Task.isCancelled {
            if let worker = await registration.known {
                do {
                    let drains = try await queue.checkIn(worker, isLeaving: false)
                    if drains, drain.request() { observe(.draining) }
                } catch StoreError.fenced {
                    // A store that was set up anew does not know us.
                    await registration.forget(worker)
                } catch {
                    // Whoever claims says that the store does not answer.
                }
            }
            try? await clock.sleep(for: .seconds(settings.checkInSeconds))
        }
    }

    private func leave(_ registration: Registration) async {
        guard let worker = await registration.known else { return }
        await Uncancelled.run { _ = try? await queue.checkIn(worker, isLeaving: true) }
    }

    private func serve(slot: Int, registration: Registration) async {
        let trainer = trainer(slot)
        var backoff = Backoff(seed: settings.seed, slot: slot)
        // Made again until it is answered, so that no lease is lost to a lost reply.
        var request: ClaimRequest?
        // Whether the last trial had a folder to work in.
        var hasFolder = true
        while !Task.isCancelled, request != nil || !drain.isRequested {
            do {
                let worker = try await registration.identifier(observe: observe)
                guard disk.hasRoom() else {
                    try? await clock.sleep(for: backoff.pollingDelay(in: settings.pollingSeconds))
                    continue
                }
                let asked = request.flatMap { $0.worker == worker ? $0 : nil } ?? newRequest(as: worker)
                request = asked
                if let grant = try await claim(asked, registration: registration) {
                    request = nil
                    let hadFolder = hasFolder
                    idle.begin()
                    hasFolder = await serve(grant, as: worker, trainer: trainer, slot: slot) {
                        if hadFolder { observe($0) }
                    }
                    idle.end(at: clock.now())
                    if hasFolder {
                        backoff.reset()
                    } else {
                        try? await clock.sleep(for: backoff.nextDelay())
                    }
                } else {
                    request = nil
                    if let limit = idle.over(at: clock.now()) {
                        if slot == 0 { observe(.idle(limit)) }
                        break
                    }
                    await reconsider()
                    try? await clock.sleep(for: backoff.pollingDelay(in: settings.pollingSeconds))
                }
            } catch {
                if !Task.isCancelled { observe(.storeFailed("\(error)")) }
                try? await clock.sleep(for: backoff.nextDelay())
            }
        }
        await Uncancelled.run { await trainer.close() }
    }

    /// Works on a claim, and on those that follow from asking for the next one
    /// with every result.
    ///
    /// A trial for which no folder can be made is given back: its next worker
    /// may have one, and it has done nothing wrong.
    /// - Returns: false after that, which `onLackOfFolder` is told.
    private func serve(
        _ grant: Grant, as worker: WorkerID, trainer: any Trainer, slot: Int,
        onLackOfFolder: (WorkerEvent) -> Void
    ) async -> Bool {
        var next: Grant? = grant
        while let grant = next {
            let work = claimedWork(grant.claim, slot: slot)
            let token = grant.claim.token
            if let reason = refusal(of: grant.claim) {
                await work.refuse(because: reason)
                return true
            }
            let folder: WorkFolder
            do {
                folder = try work.makeFolder()
            } catch {
                await work.giveBack()
                onLackOfFolder(.noFolder(token, reason: "\(error)"))
                return false
            }
            observe(.claimed(token, slot: slot))
            next = await work.run(in: folder, sentAt: grant.sent) {
                disk.hasRoom() && !drain.isRequested ? newRequest(as: worker) : nil
            } train: { session in
                await trainer.train(session)
            }
        }
        return true
    }

    /// Studies whose files have come meanwhile are claimed again.
    private func reconsider() async {
        for (identifier, study) in refused.due(at: clock.now())
        where (try? await inputs.placed(study)) != nil {
            refused.remove(identifier)
        }
    }

    private func newRequest(as worker: WorkerID) -> ClaimRequest {
        ClaimRequest(
            worker: worker, study: settings.study, except: refused.all, leaseSeconds: settings.leaseSeconds,
            mark: mark())
    }

    /// Claims where cancellation does not reach, so that no claim is granted
    /// whose reply nobody reads.
    private func claim(_ request: ClaimRequest, registration: Registration) async throws -> Grant? {
        let sent = clock.now()
        let reply: Result<Claim?, any Error> = await Uncancelled.run {
            do { return .success(try await queue.claim(request)) } catch { return .failure(error) }
        }
        // A store that was set up anew does not know us.
        if case .failure(StoreError.fenced) = reply { await registration.forget(request.worker) }
        return try reply.get().map { Grant(claim: $0, sent: sent) }
    }

    /// Why no trial of the claim's study belongs here; nil if they do.
    private func refusal(of claim: Claim) -> String? {
        guard case .native(let version, _) = claim.study.engine, version != settings.nativeVersion else {
            return nil
        }
        return "it was resolved by native-\(version), this program has native-\(settings.nativeVersion); "
            + "workers of the program that made it can go on"
    }

    private func claimedWork(_ claim: Claim, slot: Int) -> ClaimedWork {
        ClaimedWork(
            claim: claim, queue: queue, settings: settings, clock: clock, observe: observe,
            backoff: Backoff(
                seed: settings.seed &+ UInt64(bitPattern: Int64(claim.token.attempt)), slot: slot),
            folders: folders, refused: refused)
    }

    private func checkDataFolder() throws(InputError) {
        let folder = "\(settings.dataFolder)/work"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw InputError(folder, reason: "cannot be made: \(error.localizedDescription)")
        }
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw InputError(
                folder, reason: "cannot be written to", suggestion: "name another folder: --data-dir DIR")
        }
    }
}
