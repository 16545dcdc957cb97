import Experiments

/// The trials that importances are computed from: their losses, and where each
/// stands on each feature's grid.
struct ImportanceSample: Sendable {
    let features: [ImportanceFeature]
    private let losses: [[Double]]
    private let violations: [Double]
    /// By feature, then trial; nil where absent.
    private let places: [[Int?]]

    var count: Int { losses.count }

    init(of study: Study, trials: [Trial], objective: String?) throws(InputError) {
        var objectives = study.objectives
        if let objective {
            objectives = objectives.filter { $0.metric == objective }
            if objectives.isEmpty {
                let names = study.objectives.map(\.metric)
                throw InputError(
                    study.name, key: "objective", reason: "\"\(objective)\" is not an objective of the study",
                    suggestion: InputError.nearest(to: objective, in: names))
            }
        }
        let rated = trials.compactMap { trial -> (Assignment, [Double], Double)? in
            // What was derived says again what its parent said.
            guard trial.state == .done, trial.parent == nil,
                let assignment = try? study.space.canonical(trial.assignment),
                !assignment.isEmpty
            else { return nil }
            let losses = objectives.compactMap { trial.value(of: $0.metric).map($0.minimized) }
            guard losses.count == objectives.count, losses.allSatisfy(\.isFinite) else { return nil }
            let violation = study.constraints.reduce(0) { sum, constraint in
                sum + (trial.value(of: constraint.metric).map(constraint.relativeViolation) ?? 1)
            }
            return (assignment, losses, violation)
        }
        guard rated.count >= 4 else {
            throw InputError(
                study.name, reason: "has \(rated.count) finished trials, importances need 4",
                suggestion: "ask again when more have finished")
        }
        let features = ImportanceFeature.all(of: study.space)
        self.features = features
        losses = rated.map(\.1)
        violations = rated.map(\.2)
        places = features.map { feature in rated.map { feature.place(in: $0.0) } }
    }

    func presence(of feature: Int) -> Int { places[feature].count { $0 != nil } }

    /// Each feature's share when `best` of the drawn trials count as the best.
    func shares(best: Int, of drawn: [Int]) -> [Double] {
        let chosen = self.best(best, of: drawn)
        let values = features.indices.map { importance(of: $0, chosen: chosen, drawn: drawn) }
        let sum = values.reduce(0, +)
        return values.map { sum > 0 ? $0 / sum : 1 / Double(max(values.count, 1)) }
    }

    func intervals(best: Int, _ resamples: Int, seed: UInt64) -> [ClosedRange<Double>] {
        var generator = SeededGenerator(seed: seed, purpose: "importance")
        let shares = (0..<resamples).map { _ in
            self.shares(best: best, of: (0..<count).map { _ in generator.index(below: count) })
        }
        return features.indices.map { feature in
            let sorted = shares.map { $0[feature] }.sorted()
            let tail = Int((0.05 * Double(resamples)).rounded(.down))
            return sorted[tail]...sorted[resamples - 1 - tail]
        }
    }

    /// By constraints, then fronts, then what adds most to the hypervolume.
    private func best(_ count: Int, of drawn: [Int]) -> [Int] {
        let feasible = drawn.filter { violations[$0] == 0 }
        let broken = drawn.filter { violations[$0] > 0 }.sorted {
            (violations[$0], $0) < (violations[$1], $1)
        }
        let points = LossRanks.unit(feasible.map { losses[$0] })
        let chosen = HypervolumeSubset.best(count, of: points).map { feasible[$0] }
        return chosen + broken.prefix(max(0, count - chosen.count))
    }

    /// Where a feature may be absent, what it says counts by how much more often
    /// it is present among the best.
    private func importance(of feature: Int, chosen: [Int], drawn: [Int]) -> Double {
        let (best, bestCount) = histogram(of: feature, chosen)
        let (all, allCount) = histogram(of: feature, drawn)
        guard bestCount > 0, allCount >= 2 else { return 0 }
        let isOrdered = features[feature].isOrdered
        let divergence = GridDensity(counts: all, isOrdered: isOrdered)
            .divergence(of: GridDensity(counts: best, isOrdered: isOrdered))
        let bestShare = Double(bestCount) / Double(chosen.count)
        let allShare = Double(allCount) / Double(drawn.count)
        return bestShare * bestShare / allShare * divergence
    }

    private func histogram(of feature: Int, _ trials: [Int]) -> (counts: [Int], present: Int) {
        var counts = [Int](repeating: 0, count: features[feature].count)
        var present = 0
        for trial in trials {
            guard let place = places[feature][trial] else { continue }
            counts[place] += 1
            present += 1
        }
        return (counts, present)
    }
}
