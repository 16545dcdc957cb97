public import Experiments

/// One-shot search: one super-network that holds all low-rank updates and
/// bottlenecks of the space is trained so that its parts work by themselves
/// (`TrainingSettings.Sampling.sandwich`); its parts are measured without
/// training as its derived trials; the best of them are trained alone.
///
/// Parts and what is trained alone take turns with proposals of `tpe`, which
/// learns from the latter. Of a native space whose methods nest.
public struct OneShotStrategy: Strategy {
    /// See `Strategy`.
    public let name = "oneshot"
    /// See `Strategy`.
    public let version = 2
    /// All parts together move a block much farther than one does.
    private static let rateShare = 0.3

    /// The strategy has no settings.
    public init() {}

    /// See `Strategy`.
    /// - Throws: for a space without anything that nests.
    public func check(_ space: SearchSpace) throws(InputError) {
        _ = try superNetwork(of: ProposalContext(seed: 0, number: 0, space: space))
    }

    /// See `Strategy`.
    /// - Throws: as `check`.
    public func propose(_ context: ProposalContext) throws(InputError) -> Proposal? {
        let network = try superNetwork(of: context)
        if !context.proposed.contains(network.configuration.canonicalText) { return network }
        if context.number % 2 == 0, let part = try bestPart(context) { return part }
        return try TPEStrategy().propose(context)
    }

    /// Everything that nests at its largest size.
    private func superNetwork(of context: ProposalContext) throws(InputError) -> Proposal {
        let layout = SpaceLayout(context.space)
        var assignment: Assignment = [:]
        for size in layout.sizes where [LoRA.name, Bottleneck.name].contains(size.place.component) {
            assignment[size.name] = size.levels.last
        }
        guard assignment.values.contains(where: { $0.number != 0 }) else { throw Self.unfit }
        var generator = SeededGenerator(seed: context.seed, purpose: "super-network")
        layout.complete(&assignment, &generator) { parameter, assignment, generator in
            switch parameter.name {
            case "training.learning_rate":
                let rate = SettingPrior.typicalLearningRate(for: assignment, in: layout) * Self.rateShare
                return parameter.domain.value(
                    at: min(max(parameter.domain.position(of: .number(rate)), 0), 1))
            case "training.epochs": return parameter.domain.value(at: 1)
            default: return parameter.domain.value(at: 0.5)
            }
        }
        let point = try SpacePoint(assignment, in: context.space)
        guard var configuration = point.native, configuration.nests else { throw Self.unfit }
        configuration.training.sampling = .sandwich
        return Proposal(assignment: point.assignment, configuration: configuration.json)
    }

    private static let unfit = InputError(
        "search", key: "strategy",
        reason: "\"oneshot\" needs a native space with low-rank updates or bottlenecks that nest",
        suggestion: "strategy: auto")

    /// The best part that was not trained alone yet, with the learning rate
    /// that its components are known to want.
    private func bestPart(_ context: ProposalContext) throws(InputError) -> Proposal? {
        let layout = SpaceLayout(context.space)
        let parts = context.visible.filter { $0.isDerived && $0.assignment?.isEmpty == false }
        for place in Selection.best(parts.count, of: parts) {
            guard var assignment = parts[place].assignment else { continue }
            let rate = SettingPrior.typicalLearningRate(for: assignment, in: layout)
            if let domain = layout.settings.first(where: { $0.name == "training.learning_rate" })?.domain {
                assignment["training.learning_rate"] = domain.value(
                    at: min(max(domain.position(of: .number(rate)), 0), 1))
            }
            let point = try SpacePoint(assignment, in: context.space)
            guard context.isNew(point), context.isMeaningful(point), context.violation(of: point) == 0 else {
                continue
            }
            return Proposal(assignment: point.assignment, configuration: point.json)
        }
        return nil
    }
}
