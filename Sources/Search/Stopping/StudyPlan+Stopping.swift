import Experiments

extension StudyPlan {
    /// Whether the stopping rule ends the sequence before the next proposal:
    /// a function of what that proposal may see.
    func meetsStoppingRule() -> Bool {
        guard let rule = study.search.limits.stoppingRule else { return false }
        let last = study.search.rungs.count - 1
        let reached = passed.filter { $0.rung == last }.map(\.trial)
        guard reached.count / 2 >= rule.patience else { return false }
        let seen = Dictionary(visible.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        let context = ProposalContext(
            seed: study.seed, number: 0, space: study.space, objectives: study.objectives, costs: costs)
        let bounds = study.objectives.map { objective in
            context.reference(of: objective).map { LossBounds($0, of: objective) }
        }
        let losses = reached.map { number in
            seen[ordinals[number] * (study.search.derived + 1)].flatMap {
                $0.violation == 0 ? $0.losses : nil
            }
        }
        return FrontProgress(losses: losses, bounds: bounds).satisfies(rule)
    }

    /// The cut that has to be recorded because the rule is met.
    var ruleCut: SearchCut? {
        guard cut == nil, isStopped else { return nil }
        return SearchCut(trials: trials.count { $0.parent == nil }, reason: .improvement)
    }
}
