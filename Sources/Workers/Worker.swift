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
    /// Of a slot.
    private let trainer: @Sendable (Int) -> any Trainer
    /// Of a new request.
    private let mark: @Sendable () -> UUID
    private let refused = RefusedStudies()
    private let folders: StudyFolders
    private let disk: DiskFloor

    /// - Parameter freeDisk: bytes on the disk of a folder.
    public init(
        queue: any TrialQueue, settings: WorkerSettings, clock: any MonotonicClock = SystemClock(),
        observe: @escaping @Sendable (WorkerEvent) -> Void = { _ in },
        freeDisk: @escaping @Sendable (String) -> Double? = FreeDisk.bytes
    ) {
        let access = ExclusiveAccess()
        self.init(
            queue: queue, settings: settings, clock: clock, observe: observe, freeDisk: freeDisk
        ) { slot in
            SlotTrainer(slot: slot, settings: settings, access: access)
        }
    }

    /// A worker with trainers and marks of another kind.
    package init(
        queue: any TrialQueue, settings: WorkerSettings, clock: any MonotonicClock = SystemClock(),
        observe: @escaping @Sendable (WorkerEvent) -> Void = { _ in },
        freeDisk: @escaping @Sendable (String) -> Double? = FreeDisk.bytes,
        mark: @escaping @Sendable () -> UUID = { UUID() },
        trainer: @escaping @Sendable (Int) -> any Trainer
    ) {
        disk = DiskFloor(floor: settings.diskFloor) {
            freeDisk(settings.dataFolder)
        } observe: {
            observe(.disk($0))
        }
        self.queue = queue
        self.settings = settings
        self.clock = clock
        self.observe = observe
        self.trainer = trainer
        self.mark = mark
        folders = StudyFolders(under: settings.dataFolder)
    }

    /// Works until the task is cancelled; then it ends the trainers, gives
    /// back their claims and returns.
    ///
    /// A store that does not answer is waited for. Throws an `InputError` when
    /// the data folder cannot be written to.
    public func run() async throws {
        try checkDataFolder()
        let registration = Registration(queue: queue, slots: settings.slots)
        await withTaskGroup(of: Void.self) { slots in
            for slot in 0..<max(1, settings.slots) {
                slots.addTask { await serve(slot: slot, registration: registration) }
            }
        }
    }

    private func serve(slot: Int, registration: Registration) async {
        let trainer = trainer(slot)
        var backoff = Backoff(seed: settings.seed, slot: slot)
        // Made again until it is answered, so that no lease is lost to a lost reply.
        var request: ClaimRequest?
        // Whether the last trial had a folder to work in.
        var hasFolder = true
        while !Task.isCancelled {
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
                    hasFolder = await serve(grant, as: worker, trainer: trainer, slot: slot) {
                        if hadFolder { observe($0) }
                    }
                    if hasFolder {
                        backoff.reset()
                    } else {
                        try? await clock.sleep(for: backoff.nextDelay())
                    }
                } else {
                    request = nil
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
                await work.giveBack()
                if refused.insert(token.study) { observe(.refused(token, reason: reason)) }
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
                disk.hasRoom() ? newRequest(as: worker) : nil
            } train: { session in
                await trainer.train(session)
            }
        }
        return true
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
            folders: folders)
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
