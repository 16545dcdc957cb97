import Synchronization

/// Numbers that only grow, one for each value of a label.
public final class Counter: Sendable {
    private let name: String
    private let help: String
    private let label: String
    private let counts: Mutex<[String: Int]>

    /// - Parameter values: of the label, which are shown from the beginning, so
    ///   that a rate is known of the first event.
    public init(_ name: String, help: String, label: String, values: [String]) {
        self.name = name
        self.help = help
        self.label = label
        counts = Mutex(Dictionary(uniqueKeysWithValues: values.map { ($0, 0) }))
    }

    public func add(_ value: String) { counts.withLock { $0[value, default: 0] += 1 } }

    public var family: MetricFamily {
        let counts = counts.withLock { $0 }.sorted { $0.key < $1.key }
        return MetricFamily(
            name, .counter, help: help, counts.map { .init(Double($0.value), labels: [label: $0.key]) })
    }
}
