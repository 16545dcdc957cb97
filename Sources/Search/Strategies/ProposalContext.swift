public import Experiments

/// All that proposal `number` may depend on.
public struct ProposalContext: Sendable {
    /// Of the study.
    public var seed: UInt64
    /// How many trials were proposed before it, baselines included.
    public var number: Int
    /// What may be chosen.
    public var space: SearchSpace
    /// What is searched for, in the order of every trial's losses.
    public var objectives: [Objective]
    /// Bounds that trials must keep; those on exact costs hold before training.
    public var constraints: [Constraint]
    /// Nil where costs are unknown before the trial.
    public var costs: Costs?
    /// The canonical texts of the configurations proposed before.
    public var proposed: Set<String>
    /// I(number): what has virtually finished a rung before its start, in the
    /// order of the first rung's virtual completion.
    public var visible: [VisibleTrial]
    /// What was proposed before and is not visible yet, by number: a strategy
    /// may keep away from it.
    public var pending: [Assignment]

    /// A context of the given parts.
    public init(
        seed: UInt64, number: Int, space: SearchSpace, objectives: [Objective] = [],
        constraints: [Constraint] = [], costs: Costs? = nil, proposed: Set<String> = [],
        visible: [VisibleTrial] = [], pending: [Assignment] = []
    ) {
        self.seed = seed
        self.number = number
        self.space = space
        self.objectives = objectives
        self.constraints = constraints
        self.costs = costs
        self.proposed = proposed
        self.visible = visible
        self.pending = pending
    }
}

extension ProposalContext {
    /// The visible trials that were trained. What was derived from one is not
    /// what training its configuration gives: who learns from trainings leaves
    /// it out.
    var trained: [VisibleTrial] {
        // Mostly nothing is derived, and thousands of trials need no copy.
        visible.contains(where: \.isDerived) ? visible.filter { !$0.isDerived } : visible
    }

    /// An entry per objective: the loss that a point will have, where that is
    /// known before it is tried.
    func knownLosses(of point: SpacePoint) -> [Double?] {
        objectives.map { objective in
            guard let costs, let configuration = point.native else { return nil }
            return VisibleTrial.known(objective.metric, of: configuration, costs).map(objective.minimized)
        }
    }

    /// Draws candidates, each from a stream of its own, until one is new and
    /// keeps the bounds on exact costs; a new one that breaks them least is
    /// the second best.
    /// - Returns: nil when no candidate was new.
    func firstNew(
        _ purpose: String, tries: Int, draw: (inout SeededGenerator) -> Assignment
    ) throws(InputError) -> Proposal? {
        var best: (violation: Double, proposal: Proposal)?
        for attempt in 0..<tries {
            var generator = SeededGenerator(
                seed: seed, purpose: purpose, UInt64(number), UInt64(attempt))
            let point = try SpacePoint(draw(&generator), in: space)
            guard isNew(point), isMeaningful(point) else { continue }
            let violation = violation(of: point)
            let proposal = Proposal(assignment: point.assignment, configuration: point.json)
            if violation == 0 { return proposal }
            if violation < best?.violation ?? .infinity { best = (violation, proposal) }
        }
        return best?.proposal
    }

    /// A new point of a small finite space by going through all of it from a
    /// random place; nil when there is none.
    func anyNew(of all: SpaceEnumeration) throws(InputError) -> Proposal? {
        var generator = SeededGenerator(seed: seed, purpose: "enumeration", UInt64(number))
        let offset = generator.index(below: all.assignments.count)
        for step in all.assignments.indices {
            let assignment = all.assignments[(step + offset) % all.assignments.count]
            let point = try SpacePoint(assignment, in: space)
            if isNew(point), isMeaningful(point) {
                return Proposal(assignment: point.assignment, configuration: point.json)
            }
        }
        return nil
    }

    /// Whether the point's configuration was not proposed before.
    func isNew(_ point: SpacePoint) -> Bool { !proposed.contains(point.json.canonicalText) }

    /// Some sizes cannot stand together, such as a prefix that moves positions
    /// beside a prompt that does; and a format of export that is demanded is
    /// known before anything is trained.
    func isMeaningful(_ point: SpacePoint) -> Bool {
        guard let configuration = point.native else { return true }
        return configuration.conflict == nil && !Self.onlySavesMemory(configuration)
            && constraints.allSatisfy {
                $0.admits(configuration, for: costs?.family ?? "", task: costs?.task ?? .classification)
            }
            && costs.flatMap { configuration.contradiction(in: $0.shape) } == nil
    }

    /// What trains nothing, as a quantised base, is to make room for something
    /// that trains in the network; the head has room without it.
    private static func onlySavesMemory(_ configuration: Configuration) -> Bool {
        !configuration.components.isEmpty && Costs.lowestAdaptedLayer(of: configuration) == nil
    }

    /// By how much the bounds on exact costs are broken, each relative to its
    /// bound; 0 in a literal space.
    func violation(of point: SpacePoint) -> Double {
        guard let costs, let configuration = point.native else { return 0 }
        return constraints.reduce(0) { sum, constraint in
            let value = costs.exactValue(of: constraint.metric, for: configuration)
            return sum + (value.map(constraint.relativeViolation) ?? 0)
        }
    }
}
