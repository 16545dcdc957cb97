import Experiments
import Foundation

/// The worker's identity in the store, got once for all slots and got anew
/// when the store forgot it.
actor Registration {
    private let queue: any TrialQueue
    private let slots: Int
    private var known: WorkerID?
    private var pending: Task<WorkerID, any Error>?

    init(queue: any TrialQueue, slots: Int) {
        self.queue = queue
        self.slots = slots
    }

    func identifier(observe: @Sendable (WorkerEvent) -> Void) async throws -> WorkerID {
        if let known { return known }
        if let pending { return try await pending.value }
        let task = Task(executorPreference: Uncancelled.executor) { [queue, slots] in
            try await queue.register(
                WorkerDescription(
                    host: ProcessInfo.processInfo.hostName,
                    processIdentifier: Int(ProcessInfo.processInfo.processIdentifier), slots: slots))
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
