/// A record beside what its replay gave, quantity by quantity, in the order in
/// which they came about. A pure value.
///
/// Exact and deterministic numbers are compared as doubles, bit for bit;
/// observed ones stand beside each other and decide nothing.
public struct ReplayComparison: Sendable, Hashable {
    /// A number of the record and of the replay.
    public struct Value: Sendable, Hashable {
        public var rung: Int
        public var name: String
        public var kind: Measurement.Kind
        /// Nil where there is none.
        public var recorded: Double?
        public var found: Double?
        /// Nil where it is not compared.
        public var isSame: Bool?
    }

    /// By how much a deterministic number may differ where bits are not
    /// promised, relative where it is above 1; nil compares bits.
    public let tolerance: Double?
    public private(set) var values: [Value] = []
    /// In their order; empty where the replay is the record.
    public private(set) var differences: [ReplayDifference] = []
    /// Of the training, as the replay had them.
    public private(set) var steps: Int?

    /// Of nothing yet.
    public init(tolerance: Double? = nil) {
        self.tolerance = tolerance
    }

    /// Notes a difference that was found otherwise.
    public mutating func add(_ difference: ReplayDifference) { differences.append(difference) }

    /// Compares the course of the training up to a rung.
    public mutating func compare(_ recorded: TrainingTrace?, _ found: TrainingTrace?, rung: Int) {
        steps = found?.steps ?? steps
        guard tolerance == nil, let recorded, let found, let parting = found.divergence(from: recorded)
        else { return }
        let isExact = parting.lowerBound == parting.upperBound
        differences.append(
            ReplayDifference(
                .step, isExact ? "\(parting.lowerBound)" : "\(parting.lowerBound) to \(parting.upperBound)",
                rung: rung, recorded: recorded.description, found: found.description))
    }

    /// Compares what was measured at a rung.
    public mutating func compare(_ recorded: [Measurement], _ found: [Measurement], rung: Int) {
        let names = Set((recorded + found).map(\.name)).sorted()
        for name in names {
            let (one, two) = (recorded.first { $0.name == name }, found.first { $0.name == name })
            guard let kind = one?.kind ?? two?.kind else { continue }
            let isSame = kind == .observed ? nil : isSame(one?.value, two?.value, kind)
            values.append(
                Value(
                    rung: rung, name: name, kind: kind, recorded: one?.value, found: two?.value,
                    isSame: isSame))
            guard isSame == false else { continue }
            differences.append(
                ReplayDifference(
                    .measurement, name, rung: rung, recorded: Self.text(one?.value),
                    found: Self.text(two?.value)
                ))
        }
    }

    /// Compares the trained tensors' hashes.
    public mutating func compareArtifact(_ recorded: String?, _ found: String?) {
        guard tolerance == nil, recorded != found else { return }
        differences.append(
            ReplayDifference(.artifact, "SHA-256 of the trained tensors", recorded: recorded, found: found))
    }

    /// Compares why a trial has no result: of what was said the first line,
    /// because the log under it may hold times.
    public mutating func compareFailure(_ recorded: TrialFailure?, _ found: TrialFailure?) {
        let (one, two) = (recorded.map(Self.text), found.map(Self.text))
        guard one != two else { return }
        differences.append(ReplayDifference(.failure, "of the trial", recorded: one, found: two))
    }

    private func isSame(_ one: Double?, _ two: Double?, _ kind: Measurement.Kind) -> Bool {
        guard let one, let two else { return false }
        guard let tolerance, kind == .deterministic else { return one.bitPattern == two.bitPattern }
        return abs(one - two) <= tolerance * max(1, abs(one))
    }

    /// The shortest text that reads back the same bits.
    private static func text(_ value: Double?) -> String? { value.map { JSON.number($0).canonicalText } }

    private static func text(_ failure: TrialFailure) -> String {
        "\(failure.reason.rawValue): \(failure.detail.prefix { !$0.isNewline })"
    }
}
