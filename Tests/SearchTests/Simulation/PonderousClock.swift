import Synchronization

/// A clock by which everything takes a second, told by how often it is read,
/// and which remembers what was slept.
final class PonderousClock: Clock, Sendable {
    private let readings = Mutex(0)
    private let pauses = Mutex<[Duration]>([])

    var now: InstantClock.Instant {
        InstantClock.Instant(
            offset: .seconds(
                readings.withLock { count in
                    count += 1
                    return count
                }))
    }
    var minimumResolution: Duration { .zero }
    var longestPause: Duration { pauses.withLock { $0.max() ?? .zero } }

    func sleep(until deadline: InstantClock.Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        let current = InstantClock.Instant(offset: .seconds(readings.withLock { $0 }))
        pauses.withLock { $0.append(current.duration(to: deadline)) }
        await Task.yield()
    }
}
