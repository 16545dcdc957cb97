import Synchronization
import Workers

/// Time that goes on when a test says so.
final class ManualClock: MonotonicClock {
    private struct State {
        var time = Duration.zero
        var next = 0
        var sleepers: [Int: (due: Duration, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    func now() -> Duration { state.withLock { $0.time } }

    func sleep(for duration: Duration) async throws {
        let key = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation {
                (continuation: CheckedContinuation<Void, any Error>) in
                state.withLock { state in
                    if state.cancelled.contains(key) {
                        continuation.resume(throwing: CancellationError())
                    } else {
                        state.sleepers[key] = (state.time + duration, continuation)
                    }
                }
            }
        } onCancel: {
            state.withLock { state in
                state.cancelled.insert(key)
                state.sleepers.removeValue(forKey: key)?.continuation.resume(throwing: CancellationError())
            }
        }
    }

    /// Lets time pass in small steps, each once `sleepers` tasks are asleep,
    /// until it has passed or `isDone`.
    func advance(by duration: Duration, sleepers: Int, until isDone: () -> Bool = { false }) async {
        let end = now() + duration
        while now() < end, !isDone() {
            while state.withLock({ $0.sleepers.count }) < sleepers, !isDone() { await Task.yield() }
            state.withLock { state in
                state.time += .milliseconds(100)
                for (key, sleeper) in state.sleepers where sleeper.due <= state.time {
                    state.sleepers[key] = nil
                    sleeper.continuation.resume()
                }
            }
        }
    }
}
