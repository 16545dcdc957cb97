public import Experiments

/// NSGA-II (Deb et al. 2002, "A fast and elitist multiobjective genetic
/// algorithm"), one child at a time: parents come from the best `population`
/// of all visible trials, by constrained dominance, front and crowding.
///
/// It draws from the prior until `founders` trials are visible, the named
/// baselines among them, and once in `immigration` proposals after that, so
/// that a small population does not close in on itself.
public struct NSGA2Strategy: Strategy {
    /// See `Strategy`.
    public let name = "nsga2"
    /// See `Strategy`.
    public let version = 4
    /// How many may be parents.
    public let population: Int
    /// How many visible trials the first child needs. Fewer than `population`:
    /// a budget of trainings is small, and the baselines are good parents.
    let founders: Int
    /// Each so many-th proposal comes from the prior.
    let immigration: Int

    /// A strategy with so many parents.
    /// - Parameter population: at least 2.
    public init(population: Int = 20) {
        self.population = max(2, population)
        founders = min(10, self.population)
        immigration = 5
    }

    /// See `Strategy`.
    public func propose(_ context: ProposalContext) throws(InputError) -> Proposal? {
        let trained = context.trained
        let isFromPrior = trained.count < founders || context.number % immigration == 0
        let parents = isFromPrior ? [] : parents(among: trained)
        guard parents.count >= 2 else { return try RandomStrategy().propose(context) }
        let variation = Variation(context.space)
        let child = try context.firstNew("nsga2", tries: 100) { generator in
            let first = tournament(parents, &generator)
            let second = tournament(parents, &generator)
            return variation.child(of: first, second, &generator)
        }
        if let child { return child }
        return try RandomStrategy().propose(context)
    }

    /// The assignments of the best, from the best to the worst.
    private func parents(among trained: [VisibleTrial]) -> [Assignment] {
        Selection.best(population, of: trained).compactMap { trained[$0].assignment }
    }

    /// The better of two: parents are sorted.
    private func tournament(_ parents: [Assignment], _ generator: inout SeededGenerator) -> Assignment {
        let first = generator.index(below: parents.count)
        let second = generator.index(below: parents.count)
        return parents[min(first, second)]
    }
}
