/// A finished trial whose bottlenecks may be combined.
public struct FusionParent: Sendable, Hashable {
    /// Of the trial, for messages.
    public var number: Int
    /// SHA-256 of its trained tensors.
    public var artifact: String
    public var configuration: Configuration

    public init(number: Int, artifact: String, configuration: Configuration) {
        self.number = number
        self.artifact = artifact
        self.configuration = configuration
    }

    /// Those that a fusion can hold, by their site; of several at one site the
    /// first.
    package var bottlenecks: [Bottleneck.Placement: Bottleneck] {
        let own = configuration.components.compactMap { $0.value as? Bottleneck }
            .filter { !$0.isEmpty && !$0.gate }
        return Dictionary(own.map { ($0.site, $0) }) { first, _ in first }
    }

    /// What was trained beside them and a fusion does not have.
    public var others: [String] {
        configuration.components.filter { !($0.value is Bottleneck) }.map(\.method)
    }

    /// Whether both have a bottleneck at some site of some layer.
    public func shares(with other: FusionParent) -> Bool {
        bottlenecks.contains { site, bottleneck in
            guard let widths = other.bottlenecks[site]?.widths else { return false }
            return bottleneck.widths.contains { $0.value > 0 && widths[$0.key, default: 0] > 0 }
        }
    }
}
