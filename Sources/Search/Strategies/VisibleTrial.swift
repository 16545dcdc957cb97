public import Experiments

/// A virtually finished trial as a proposal may see it: exact and
/// deterministic measurements, and pure stand-ins for observed ones.
public struct VisibleTrial: Sendable, Hashable {
    /// Orders trials as they were proposed, whatever numbers a smaller budget
    /// gave to derived ones, which come behind their parent.
    public var number: Int
    /// Whether it followed from another trial without training.
    public var isDerived: Bool
    /// Canonical; nil when the space does not contain it (a baseline that an
    /// override excludes).
    public var assignment: Assignment?
    /// One entry per objective, to be made small, at the last rung that it
    /// reached; nil for a trial that failed or lacks one.
    public var losses: [Double]?
    /// The share of its training steps after which `losses` were measured.
    public var fidelity: Double
    /// The same at the rungs before, ascending.
    public var earlier: [RungLosses]
    /// By how much constraints are broken, each relative to its bound; 0 when
    /// they hold. Bounds on observed measurements are not looked at.
    public var violation: Double

    /// What a trial reached at a lower rung.
    public struct RungLosses: Sendable, Hashable {
        /// In (0, 1).
        public var fidelity: Double
        /// One entry per objective, to be made small.
        public var losses: [Double]

        /// The losses at a fidelity.
        public init(fidelity: Double, losses: [Double]) {
            self.fidelity = fidelity
            self.losses = losses
        }
    }

    /// A trial as given.
    public init(
        number: Int, assignment: Assignment?, losses: [Double]?, violation: Double, fidelity: Double = 1,
        earlier: [RungLosses] = [], isDerived: Bool = false
    ) {
        self.number = number
        self.isDerived = isDerived
        self.assignment = assignment
        self.losses = losses
        self.violation = violation
        self.fidelity = fidelity
        self.earlier = earlier
    }
}

extension VisibleTrial {
    /// A trial whose training to a rung has virtually ended, whatever is
    /// stored of it at higher ones.
    /// - Parameter configuration: nil in a literal space; made only where an
    ///   observed objective needs it.
    init(
        _ trial: Trial, at rung: Int, configuration: @autoclosure () -> Configuration?, in study: Study,
        costs: Costs?
    ) {
        func losses(_ measurements: [Measurement]) -> [Double]? {
            let losses = study.objectives.compactMap { objective in
                Self.value(of: objective.metric, measurements, configuration, costs).map(objective.minimized)
            }
            return losses.count == study.objectives.count ? losses : nil
        }
        let measurements = trial.rungs[rung].measurements
        number = trial.number
        isDerived = trial.parent != nil
        assignment = try? study.space.canonical(trial.assignment)
        violation = study.constraints.reduce(0) { $0 + Self.violation(of: $1, by: measurements) }
        fidelity = study.search.rungs[rung]
        earlier = zip(study.search.rungs, trial.rungs.prefix(rung)).compactMap { share, reached in
            losses(reached.measurements).map { RungLosses(fidelity: share, losses: $0) }
        }
        if !trial.hasFailed(at: rung) { self.losses = losses(measurements) }
    }

    /// What a proposal may know of an objective before it is tried: an exact
    /// cost, or the pure stand-in of an observed one; nil for quality.
    static func known(_ metric: String, of configuration: Configuration, _ costs: Costs) -> Double? {
        costs.exactValue(of: metric, for: configuration) ?? costs.standIn(for: metric, of: configuration)
    }

    /// An observed measurement without a stand-in is as good as any other, and
    /// whether a machine could observe it makes no difference.
    private static func value(
        of metric: String, _ measurements: [Measurement], _ configuration: () -> Configuration?,
        _ costs: Costs?
    ) -> Double? {
        let measurement = measurements.first { $0.name == metric }
        guard (measurement?.kind ?? MeasurementName.kind(of: metric)) == .observed else {
            return measurement?.value
        }
        guard let costs, let configuration = configuration() else { return 0 }
        return costs.standIn(for: metric, of: configuration) ?? 0
    }

    private static func violation(of constraint: Constraint, by measurements: [Measurement]) -> Double {
        guard let measurement = measurements.first(where: { $0.name == constraint.metric }) else {
            return MeasurementName.kind(of: constraint.metric) == .observed ? 0 : 1
        }
        guard measurement.kind != .observed else { return 0 }
        return constraint.relativeViolation(measurement.value)
    }
}

extension Constraint {
    /// So that bounds of different units can be added (Deb et al. 2002); a
    /// bound of 0 has no size, so there the violation counts as it is.
    package func relativeViolation(_ value: Double) -> Double {
        violation(value) / (bound == 0 ? 1 : abs(bound))
    }
}
