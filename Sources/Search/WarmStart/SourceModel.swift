import Experiments

/// What one source says of points of the new study's space, and how far that
/// can be trusted.
struct SourceModel {
    private struct Known {
        var point: SpacePoint
        var coordinates: [Double]
        var ranks: [Double?]
    }

    private let source: WarmStart.Source
    private let encoder: PointEncoder
    private let known: [Known]

    init(_ source: WarmStart.Source, in space: SearchSpace, _ encoder: PointEncoder) {
        self.source = source
        self.encoder = encoder
        known = source.trials.compactMap { trial in
            guard let point = try? SpacePoint(trial.assignment, in: space) else { return nil }
            let coordinates = encoder.coordinates(of: point.assignment, native: point.native)
            return Known(point: point, coordinates: coordinates, ranks: trial.ranks)
        }
    }

    /// In [-1, 1]: the guess from the studies' facts, outweighed by how alike
    /// source and own results rank what was tried, Kendall's tau.
    ///
    /// 0 as soon as pairs of four trials could be compared and their ranks do
    /// not agree: then the source says nothing, or the wrong thing.
    func agreement(with trained: [VisibleTrial], in space: SearchSpace) -> Double {
        let trials = trained.filter { $0.losses != nil && $0.assignment != nil }
        let predicted = trials.map { trial in
            (try? SpacePoint(trial.assignment ?? [:], in: space)).map(ranks) ?? []
        }
        var (alike, pairs) = (0.0, 0.0)
        for (a, first) in trials.enumerated() {
            for (b, second) in trials.enumerated().dropFirst(a + 1) where first.fidelity == second.fidelity {
                for (axis, prediction) in predicted[a].enumerated() {
                    guard let x = prediction, let y = predicted[b][axis], let losses = first.losses,
                        let others = second.losses, losses[axis] != others[axis], x != y
                    else { continue }
                    alike += (x < y) == (losses[axis] < others[axis]) ? 1 : -1
                    pairs += 1
                }
            }
        }
        let tau = pairs > 0 ? alike / pairs : 0
        if trials.count >= 4, pairs > 0, tau <= 0 { return 0 }
        let guess = 2.0
        let count = pairs > 0 ? Double(trials.count) : 0
        return (guess * source.similarity + count * tau) / (guess + count)
    }

    /// The mean ranks of the three nearest points, nearer ones counting more;
    /// a point that the source has tried keeps its own.
    private func ranks(at point: SpacePoint) -> [Double?] {
        let coordinates = encoder.coordinates(of: point.assignment, native: point.native)
        let distances = known.enumerated().map { index, other in
            let distance = zip(other.coordinates, coordinates).reduce(0) {
                $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
            }
            return (distance, index)
        }
        let nearest = distances.sorted { $0 < $1 }.prefix(3)
        let axes = known.first?.ranks.count ?? 0
        return (0..<axes).map { axis in
            var (sum, weights) = (0.0, 0.0)
            for (distance, index) in nearest {
                guard let rank = known[index].ranks[axis] else { return nil }
                sum += rank / (distance + 1e-6)
                weights += 1 / (distance + 1e-6)
            }
            return weights > 0 ? sum / weights : nil
        }
    }

    /// The source's best quarter, at least eight, in an order that covers the
    /// front from its best first objective on.
    func best(_ context: ProposalContext) -> [Assignment] {
        let results = known.indices.map { index in
            let losses = zip(context.knownLosses(of: known[index].point), known[index].ranks)
            return RungResult(
                number: index, losses: losses.map { $0 ?? $1 ?? 1 },
                violation: context.violation(of: known[index].point))
        }
        return RungRanking.best(max(8, known.count / 4), of: results).map { known[$0].point.assignment }
    }
}
