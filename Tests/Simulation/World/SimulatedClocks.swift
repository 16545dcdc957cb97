import Workers

/// A worker's clock.
struct WorkerClock: MonotonicClock {
    let process: SimulatedProcess

    func now() -> Duration { process.time() }
    func sleep(for duration: Duration) async throws { try await process.sleep(for: duration) }
}

/// A controller's clock.
struct ControllerClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    let process: SimulatedProcess

    var now: Instant { Instant(offset: process.time()) }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await process.sleep(for: deadline.offset - process.time())
    }
}
