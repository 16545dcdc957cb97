/// A metric with all its samples at one moment, in the terms of Prometheus.
public struct MetricFamily: Sendable, Hashable {
    /// How its values move.
    public enum Kind: String, Sendable, Hashable {
        case counter, gauge, histogram
    }

    /// One line of it.
    public struct Sample: Sendable, Hashable {
        /// `_bucket`, `_sum` or `_count` of a histogram; else empty.
        public var suffix: String
        public var labels: [String: String]
        public var value: Double

        /// A sample as given.
        public init(_ value: Double, labels: [String: String] = [:], suffix: String = "") {
            self.suffix = suffix
            self.labels = labels
            self.value = value
        }
    }

    /// With its unit, as `peftsearch_claim_seconds`; a counter's ends in `_total`.
    public var name: String
    /// A sentence.
    public var help: String
    public var kind: Kind
    public var samples: [Sample]

    /// A family as given.
    public init(_ name: String, _ kind: Kind, help: String, _ samples: [Sample]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.samples = samples
    }

    /// In the text format 0.0.4 of Prometheus.
    public var text: String {
        let head = "# HELP \(name) \(Self.escaped(help))\n# TYPE \(name) \(kind.rawValue)\n"
        return samples.reduce(into: head) { text, sample in
            let labels = sample.labels.sorted { $0.key < $1.key }
                .map { "\($0.key)=\"\(Self.escaped($0.value).replacing("\"", with: "\\\""))\"" }
            text += name + sample.suffix
            text += labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
            text += " \(Self.text(sample.value))\n"
        }
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    static func text(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        return Int(exactly: value).map(String.init) ?? "\(value)"
    }
}
