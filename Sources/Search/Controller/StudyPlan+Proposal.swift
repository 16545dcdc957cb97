package import Experiments

extension StudyPlan {
    /// Seeds initialisation and dropout: of the study and the proposal's place
    /// among all proposals alone, never of the attempt. In 0 ... 2^53 - 1, which
    /// every JSON reader keeps.
    package static func seed(of ordinal: Int, in study: Study) -> UInt64 {
        var generator = SeededGenerator(seed: study.seed, purpose: "trial", UInt64(ordinal))
        return generator.next() >> 11
    }

    /// Nil when the space is exhausted.
    func proposal() throws(InputError) -> ProposedTrial? {
        if proposals < baselines.count { return proposal(of: baselines[proposals]) }
        let context = ProposalContext(
            seed: study.seed, number: proposals, space: study.space, objectives: study.objectives,
            constraints: study.constraints, costs: costs, proposed: proposed, visible: visible,
            pending: pending)
        guard let chosen = try chosen(context) else { return nil }
        let configuration = costs == nil ? nil : try Configuration(json: chosen.configuration)
        return proposal(
            label: nil, assignment: chosen.assignment, json: chosen.configuration,
            configuration: configuration)
    }

    /// By a warm start, or else by the strategy.
    private func chosen(_ context: ProposalContext) throws(InputError) -> Proposal? {
        if let warmStart = study.search.warmStart,
            let warm = try WarmStartSampler(context, warmStart)
                .proposal(place: context.number - baselines.count)
        {
            return warm
        }
        return try strategy.propose(context)
    }

    /// Of trials none of whose rungs the clock has passed, by number.
    private var pending: [Assignment] {
        ahead.filter { $0.rung == 0 }.map(\.trial).sorted().map { trials[$0].assignment }
    }

    /// A baseline that an override has put outside the space keeps its
    /// configuration and has an empty assignment: strategies see its result
    /// and never breed from it.
    private func proposal(of baseline: Baselines.Baseline) -> ProposedTrial {
        proposal(
            label: baseline.label,
            assignment: HybridSpace.assignment(of: baseline.configuration, in: study.space) ?? [:],
            json: baseline.configuration.json, configuration: baseline.configuration)
    }

    private func proposal(
        label: String?, assignment: Assignment, json: JSON, configuration: Configuration?
    ) -> ProposedTrial {
        var schedule = schedule
        return ProposedTrial(
            number: trials.count, seed: Self.seed(of: proposals, in: study), label: label,
            assignment: assignment,
            configuration: json,
            span: schedule.place(duration: duration(of: configuration, to: 0)))
    }
}
