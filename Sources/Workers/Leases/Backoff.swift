import Experiments

/// Waits between tries against a database that does not answer: full jitter
/// (Brooker 2015, "Exponential backoff and jitter"), 50 ms to 5 s.
package struct Backoff: Sendable {
    private var generator: SeededGenerator
    private var failures = 0
    private var emptyLooks = 0

    package init(seed: UInt64, slot: Int) {
        generator = SeededGenerator(seed: seed, purpose: "backoff", UInt64(max(slot, 0)))
    }

    /// The wait after one more failure.
    package mutating func nextDelay() -> Duration {
        let ceiling = min(5, 0.05 * Double(1 << min(failures, 10)))
        failures += 1
        return .seconds(max(0.05, ceiling * generator.uniform()))
    }

    /// After work was granted.
    package mutating func reset() {
        failures = 0
        emptyLooks = 0
    }

    /// A wait of an idle slot, of a store that answers. Short trials come in
    /// bursts: a few milliseconds after work was there, then ever longer, up to
    /// a random time in the range.
    package mutating func pollingDelay(in range: ClosedRange<Double>) -> Duration {
        let longest = range.lowerBound + (range.upperBound - range.lowerBound) * generator.uniform()
        let soon = 0.004 * Double(1 << min(emptyLooks, 10)) * (0.5 + generator.uniform() / 2)
        failures = 0
        emptyLooks += 1
        return .seconds(min(longest, soon))
    }
}
