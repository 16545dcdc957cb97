import Synchronization
import Workers

/// Remembers what a worker told.
final class EventRecorder: Sendable {
    private let events = Mutex<[WorkerEvent]>([])

    func note(_ event: WorkerEvent) { events.withLock { $0.append(event) } }

    var all: [WorkerEvent] { events.withLock { $0 } }

    var refusals: [String] {
        all.compactMap { event in
            if case .refused(_, let reason) = event { reason } else { nil }
        }
    }
}
