package import Experiments

extension StudyPlan {
    /// Seeds initialisation and dropout: of the study and the number alone,
    /// never of the attempt. In 0 ... 2^53 - 1, which every JSON reader keeps.
    package static func seed(of number: Int, in study: Study) -> UInt64 {
        var generator = SeededGenerator(seed: study.seed, purpose: "trial", UInt64(number))
        return generator.next() >> 11
    }

    /// Nil when the space is exhausted.
    func proposal(number: Int) throws(InputError) -> ProposedTrial? {
        if number < baselines.count { return proposal(number: number, baseline: baselines[number]) }
        let context = ProposalContext(
            seed: study.seed, number: number, space: study.space, objectives: study.objectives,
            constraints: study.constraints, costs: costs, proposed: proposed, visible: visible,
            pending: pending)
        guard let chosen = try chosen(context) else { return nil }
        let configuration = costs == nil ? nil : try Configuration(json: chosen.configuration)
        return proposal(
            number: number, label: nil, assignment: chosen.assignment, json: chosen.configuration,
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
    private func proposal(number: Int, baseline: Baselines.Baseline) -> ProposedTrial {
        proposal(
            number: number, label: baseline.label,
            assignment: HybridSpace.assignment(of: baseline.configuration, in: study.space) ?? [:],
            json: baseline.configuration.json, configuration: baseline.configuration)
    }

    private func proposal(
        number: Int, label: String?, assignment: Assignment, json: JSON, configuration: Configuration?
    ) -> ProposedTrial {
        var schedule = schedule
        return ProposedTrial(
            number: number, seed: Self.seed(of: number, in: study), label: label, assignment: assignment,
            configuration: json,
            span: schedule.place(duration: duration(of: configuration, to: 0)))
    }
}
