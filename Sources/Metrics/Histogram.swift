import Synchronization

/// How often something took how many seconds.
public final class Histogram: Sendable {
    private let name: String
    private let help: String
    /// Upper bounds in seconds, ascending; the last bucket is without.
    private let bounds: [Double]
    private let state: Mutex<(counts: [Int], sum: Duration)>

    public init(_ name: String, help: String, bounds: [Double]) {
        self.name = name
        self.help = help
        self.bounds = bounds
        state = Mutex((Array(repeating: 0, count: bounds.count + 1), .zero))
    }

    /// Of calls of a database: a millisecond to ten seconds.
    public static let callBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Of trainings: a second to a day.
    public static let trainingBounds = [1.0, 3, 10, 30, 60, 180, 600, 1800, 3600, 10_800, 86_400]

    public func observe(_ duration: Duration) {
        let seconds = duration / .seconds(1)
        let place = bounds.firstIndex { seconds <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[place] += 1
            state.sum += duration
        }
    }

    /// Lets something happen and notes how long it took, whether or not it
    /// succeeded.
    public func time<Value: Sendable>(_ body: () async throws -> Value) async rethrows -> Value {
        let start = ContinuousClock.now
        defer { observe(start.duration(to: .now)) }
        return try await body()
    }

    public var family: MetricFamily {
        let (counts, sum) = state.withLock { $0 }
        var samples: [MetricFamily.Sample] = []
        var below = 0
        for (count, bound) in zip(counts, bounds + [.infinity]) {
            below += count
            samples.append(
                .init(Double(below), labels: ["le": MetricFamily.text(bound)], suffix: "_bucket"))
        }
        samples += [.init(sum / .seconds(1), suffix: "_sum"), .init(Double(below), suffix: "_count")]
        return MetricFamily(name, .histogram, help: help, samples)
    }
}
