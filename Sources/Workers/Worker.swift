public import Experiments
import Foundation

/// A process that claims trials, has them trained and stores what comes of it.
///
/// It owns all talk with the store; the training itself runs in child
/// processes, one a slot, so that a crash there is the crash of one attempt.
public struct Worker: Sendable {
    let queue: any TrialQueue
    let settings: WorkerSettings
    let clock: any MonotonicClock
    let observe: @Sendable (WorkerEvent) -> Void
    let access = ExclusiveAccess()
    private let refused = RefusedStudies()
    private let disk: DiskFloor

    /// - Parameter freeDisk: bytes on the disk of a folder.
    public init(
        queue: any TrialQueue, settings: WorkerSettings, clock: any MonotonicClock = SystemClock(),
        observe: @escaping @Sendable (WorkerEvent) -> Void = { _ in },
        freeDisk: @escaping @Sendable (String) -> Double? = FreeDisk.bytes
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
        let trainer = SlotTrainer(slot: slot, settings: settings, access: access)
        var backoff = Backoff(seed: settings.seed, slot: slot)
        while !Task.isCancelled {
            do {
                let worker = try await registration.identifier(observe: observe)
                if disk.hasRoom(), let (claim, sent) = try await claim(as: worker, registration: registration)
                {
                    if let reason = refusal(of: claim) {
                        await claimedWork(claim, slot: slot).giveBack()
                        if refused.insert(claim.token.study) {
                            observe(.refused(claim.token, reason: reason))
                        }
                        continue
                    }
                    observe(.claimed(claim.token, slot: slot))
                    await work(on: claim, sentAt: sent, trainer: trainer, slot: slot)
                } else {
                    try? await clock.sleep(for: backoff.pollingDelay(in: settings.pollingSeconds))
                }
                backoff.reset()
            } catch {
                if !Task.isCancelled { observe(.storeFailed("\(error)")) }
                try? await clock.sleep(for: backoff.nextDelay())
            }
        }
        await Uncancelled.run { await trainer.close() }
    }

    /// Claims where cancellation does not reach, so that no claim is granted
    /// whose reply nobody reads.
    private func claim(as worker: WorkerID, registration: Registration) async throws -> (Claim, Duration)? {
        let sent = clock.now()
        let reply: Result<Claim?, any Error> = await Uncancelled.run {
            do {
                return .success(
                    try await queue.claim(
                        worker: worker, study: settings.study, except: refused.all,
                        leaseSeconds: settings.leaseSeconds))
            } catch {
                return .failure(error)
            }
        }
        // A store that was set up anew does not know us.
        if case .failure(StoreError.fenced) = reply { await registration.forget(worker) }
        return try reply.get().map { ($0, sent) }
    }

    /// Why no trial of the claim's study belongs here; nil if they do.
    private func refusal(of claim: Claim) -> String? {
        guard case .native(let version, _) = claim.study.engine, version != settings.nativeVersion else {
            return nil
        }
        return "it was resolved by native-\(version), this program has native-\(settings.nativeVersion); "
            + "workers of the program that made it can go on"
    }

    private func work(on claim: Claim, sentAt sent: Duration, trainer: SlotTrainer, slot: Int) async {
        await claimedWork(claim, slot: slot).run(sentAt: sent) { session in await trainer.train(session) }
    }

    private func claimedWork(_ claim: Claim, slot: Int) -> ClaimedWork {
        ClaimedWork(
            claim: claim, queue: queue, settings: settings, clock: clock, observe: observe,
            backoff: Backoff(
                seed: settings.seed &+ UInt64(bitPattern: Int64(claim.token.attempt)), slot: slot))
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
