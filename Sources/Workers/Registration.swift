import Experiments
import Foundation

/// The worker's identity in the store, got once for all slots and got anew
/// when the store forgot it.
actor Registration {
    private let queue: any TrialQueue
    private let worker: WorkerDescription
    private(set) var known: WorkerID?
    private var pending: Task<WorkerID, any Error>?

    init(queue: any TrialQueue, settings: WorkerSettings) {
        self.queue = queue
        worker = WorkerDescription(
            host: settings.name ?? ProcessInfo.processInfo.hostName,
            processIdentifier: Int(ProcessInfo.processInfo.processIdentifier), slots: settings.slots,
            program: settings.program, computeClass: settings.computeClass)
    }

    func identifier(observe: @Sendable (WorkerEvent) -> Void) async throws -> WorkerID {
        if let known { return known }
        if let pending { return try await pending.value }
        let task = Task(executorPreference: Uncancelled.executor) { [queue, worker] in
            try await queue.register(worker)
        }
        pending = task
        defer { pending = nil }
        let identifier = try await task.value
        known = identifier
        observe(.registered(identifier))
        return identifier
    }

    func forget(_ identifier: WorkerID) {
        if known == identifier { known = nil }
    }
}
