import Synchronization

/// How long none of a worker's slots has had anything to do, by the worker's
/// clock.
final class IdleTime: Sendable {
    private struct State {
        var busy = 0
        var since: Duration
    }

    private let limit: Duration?
    private let state: Mutex<State>

    /// - Parameter limit: nil is none.
    init(limit: Duration?, since start: Duration) {
        self.limit = limit
        state = Mutex(State(since: start))
    }

    /// A slot has got work.
    func begin() { state.withLock { $0.busy += 1 } }

    /// A slot has no more work.
    func end(at now: Duration) {
        state.withLock { state in
            state.busy -= 1
            state.since = now
        }
    }

    /// The limit, if all slots were idle for so long.
    func over(at now: Duration) -> Duration? {
        guard let limit else { return nil }
        return state.withLock { $0.busy == 0 && now - $0.since >= limit } ? limit : nil
    }
}
