/// When further trials are not worth their while: the last ones have widened
/// the front by little, and so are the next ones expected to.
public struct StoppingRule: Sendable, Hashable {
    /// The share of the hypervolume, in (0, 1), below which a gain is little.
    public var improvementBelow: Double
    /// How many trials of the last rung must have brought little, from 1.
    public var patience: Int

    /// A rule as given.
    public init(improvementBelow: Double, patience: Int) {
        self.improvementBelow = improvementBelow
        self.patience = patience
    }
}

extension StoppingRule {
    var json: JSON { ["improvement_below": .number(improvementBelow), "patience": .integer(patience)] }

    /// Reads a rule; what is absent takes its default.
    public init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        self.init(
            improvementBelow: try reader.number("improvement_below", in: 0...1, above: true, default: 0.001),
            patience: try reader.integer("patience", in: 1...100_000, default: 20))
        try reader.finish()
    }
}
