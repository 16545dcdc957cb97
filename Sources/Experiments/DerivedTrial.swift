/// A trial that the controller makes of what followed from another one's
/// tensors without training (`Trial.derived`).
public struct DerivedTrial: Sendable, Hashable {
    /// In the one sequence of the study's trials.
    public var number: Int
    /// The trial that was trained.
    public var parent: Int
    /// Among the parent's derived results, from 0.
    public var place: Int
    /// What a strategy would have chosen; empty for a configuration outside
    /// the space.
    public var assignment: Assignment

    /// A derived trial with the number that the plan gives it.
    public init(number: Int, parent: Int, place: Int, assignment: Assignment) {
        self.number = number
        self.parent = parent
        self.place = place
        self.assignment = assignment
    }
}

extension Trial {
    /// The finished trial that a derived one is from its beginning: with the
    /// parent's seed and virtual time, and what was measured of it.
    ///
    /// Nil where the parent is not done or has no such derived result.
    public init?(_ derived: DerivedTrial, of parent: Trial) {
        guard parent.state == .done, parent.derived.indices.contains(derived.place) else { return nil }
        let result = parent.derived[derived.place]
        self.init(
            number: derived.number, state: .done, seed: parent.seed, rung: parent.rung,
            parent: parent.number, assignment: derived.assignment, configuration: result.configuration,
            computeClass: parent.computeClass, artifact: result.artifact, span: parent.span)
        derivation = result.method
        rungs = parent.rungs.map { TrialRung(span: $0.span, isProvisional: $0.isProvisional) }
        measurements = result.measurements.sorted { $0.name < $1.name }
    }
}
