import Experiments
import LinearAlgebra

/// What the visible trials say, as rows that models are fitted to: one for
/// each rung of each trial whose assignment the space contains.
struct TrialRows: Sendable {
    struct Row: Sendable {
        var coordinates: [Double]
        /// Nil for a trial that failed.
        var losses: [Double]?
        var fidelity: Double
        /// Of bounds that are not known before a trial.
        var violation: Double
    }

    private(set) var rows: [Row] = []
    /// The losses of feasible derived trials: they are points of the front, and
    /// say nothing of what training their configuration would give.
    private(set) var derived: [[Double]] = []
    let hasFidelities: Bool

    /// - Parameter axes: which losses rows have, by their place among the
    ///   objectives.
    init(_ context: ProposalContext, _ encoder: PointEncoder, keeping axes: [Int]) {
        func kept(_ losses: [Double]) -> [Double]? {
            losses.allSatisfy(\.isFinite) ? axes.map { losses[$0] } : nil
        }
        for trial in context.visible {
            if trial.isDerived {
                if trial.violation == 0, let losses = trial.losses.flatMap(kept) { derived.append(losses) }
                continue
            }
            guard let assignment = trial.assignment,
                let point = try? SpacePoint(assignment, in: context.space)
            else { continue }
            let violation = max(0, trial.violation - context.violation(of: point))
            func row(_ losses: [Double]?, _ fidelity: Double) -> Row {
                Row(
                    coordinates: encoder.coordinates(
                        of: point.assignment, native: point.native, fidelity: fidelity),
                    losses: losses.flatMap(kept), fidelity: fidelity,
                    violation: violation)
            }
            rows += trial.earlier.map { row($0.losses, $0.fidelity) }
            rows.append(row(trial.losses, trial.fidelity))
        }
        hasFidelities = rows.contains { $0.fidelity < 1 }
    }

    /// Those with losses.
    var measured: [Row] { rows.filter { $0.losses != nil } }

    /// Whether something failed or broke a bound that only a trial can tell.
    var hasInfeasible: Bool { rows.contains(where: Self.isInfeasible) }

    static func isInfeasible(_ row: Row) -> Bool { row.losses == nil || row.violation > 1e-9 }

    /// At most `count` rows that say most about the front: the better half by
    /// successive fronts, the rest spread over all others in their order.
    static func subset(_ rows: [Row], _ count: Int) -> [Row] {
        guard rows.count > count else { return rows }
        var chosen = Set<Int>()
        let ranked = rows.indices.filter { rows[$0].losses != nil }
        for front in NonDominatedSort.fronts(ranked.map { rows[$0].losses ?? [] }) {
            for index in front where chosen.count < count / 2 { chosen.insert(ranked[index]) }
        }
        let others = rows.indices.filter { !chosen.contains($0) }
        let rest = count - chosen.count
        for index in 0..<rest { chosen.insert(others[index * others.count / rest]) }
        return chosen.sorted().map { rows[$0] }
    }
}

extension DoubleMatrix {
    /// The coordinates of rows.
    init(_ rows: [TrialRows.Row]) {
        self.init(rows.map(\.coordinates), columns: rows.first?.coordinates.count ?? 0)
    }
}
