public import Experiments

extension WarmStart.Source {
    /// What a new study takes over from a finished one.
    /// - Parameters:
    ///   - source: a complete study.
    ///   - trials: all of its trials.
    ///   - hash: of its identity.
    ///   - target: the new study.
    /// - Throws: an `InputError` about the source that says why nothing of it
    ///   fits.
    public init(
        of source: Study, trials: [Trial], hash: String, for target: Study
    ) throws(InputError) {
        guard let similarity = StudySimilarity.of(source, to: target) else {
            throw InputError(
                source.name, reason: "has a space of another kind, or a model with other layers")
        }
        let finished = trials.filter { $0.state == .done }
        let metrics = try Self.metrics(of: source, finished, for: target)
        let points = finished.map { trial in
            metrics.map { $0.flatMap { metric in trial.value(of: metric.metric).map(metric.minimized) } }
        }
        var taken: [(isNamed: Bool, trial: WarmStart.SourceTrial)] = []
        for (index, trial) in finished.enumerated() {
            guard let assignment = Self.assignment(of: trial, in: target.space),
                zip(metrics, points[index]).allSatisfy({ $0 == nil || $1 != nil })
            else { continue }
            let ranks = points[index].enumerated().map { axis, loss in
                loss.map { loss in
                    Double(points.count { ($0[axis] ?? .infinity) < loss }) / Double(finished.count)
                }
            }
            taken.append((trial.label != nil, WarmStart.SourceTrial(assignment: assignment, ranks: ranks)))
        }
        guard !taken.isEmpty else {
            throw InputError(
                source.name, reason: "has no finished trial that the new study's space contains",
                suggestion: "a space that includes that of \(source.name)")
        }
        self.init(
            study: source.name, hash: hash, similarity: similarity, trials: Self.telling(taken))
    }

    /// An entry per objective of the target: what of the source stands for it;
    /// nil where the target knows it before a trial.
    private static func metrics(
        of source: Study, _ trials: [Trial], for target: Study
    ) throws(InputError) -> [Objective?] {
        let costs = Costs(of: target)
        var metrics: [Objective?] = []
        for objective in target.objectives {
            if let costs, VisibleTrial.known(objective.metric, of: Configuration(), costs) != nil {
                metrics.append(nil)
            } else if trials.contains(where: { $0.value(of: objective.metric) != nil }) {
                metrics.append(objective)
            } else if costs != nil, let kind = source.task?.kind {
                // Another kind of task measures its quality by another name.
                metrics.append(Objective(metric: kind.mainMetric, direction: .maximize))
            } else {
                throw InputError(source.name, reason: "has no finished trial with \(objective.metric)")
            }
        }
        guard metrics.contains(where: { $0 != nil }) else {
            throw InputError(
                source.name, reason: "has nothing to tell: every objective is known before a trial")
        }
        return metrics
    }

    private static func assignment(of trial: Trial, in space: SearchSpace) -> Assignment? {
        guard case .native = space.meaning else { return try? space.canonical(trial.assignment) }
        guard let configuration = try? Configuration(json: trial.configuration) else { return nil }
        return HybridSpace.assignment(of: configuration, in: space)
    }

    /// The baselines, the best half, and of the others as many as there is room
    /// for, spread evenly: a model of good and bad needs both.
    private static func telling(
        _ trials: [(isNamed: Bool, trial: WarmStart.SourceTrial)]
    ) -> [WarmStart.SourceTrial] {
        let limit = WarmStart.mostTrials
        guard trials.count > limit else { return trials.map(\.trial) }
        var chosen = Set(trials.indices.filter { trials[$0].isNamed }.prefix(limit / 4))
        for front in NonDominatedSort.fronts(trials.map { $0.trial.ranks.compactMap { $0 } }) {
            for index in front where chosen.count < limit / 2 { chosen.insert(index) }
        }
        let others = trials.indices.filter { !chosen.contains($0) }
        let rest = limit - chosen.count
        for index in 0..<rest { chosen.insert(others[index * others.count / rest]) }
        return chosen.sorted().map { trials[$0].trial }
    }
}
