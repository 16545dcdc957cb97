public import Experiments

/// The finished trials that no other dominates, among those that keep every
/// constraint and have every objective. Trials with equal objectives are all
/// kept.
public struct ParetoFront: Sendable {
    /// Ascending trial numbers.
    public private(set) var members: [Int] = []
    private var points: [Int: [Double]] = [:]
    private let objectives: [Objective]
    private let constraints: [Constraint]

    /// The empty front of a study.
    public init(of study: Study) {
        objectives = study.objectives
        constraints = study.constraints
    }

    /// Takes a trial in if it belongs there, and those that it dominates out.
    /// A trial that was offered before changes nothing.
    /// - Returns: whether the front changed.
    @discardableResult
    public mutating func offer(_ trial: Trial) -> Bool {
        guard points[trial.number] == nil, let point = point(of: trial) else { return false }
        guard !points.values.contains(where: { Dominance.dominates($0, point) }) else { return false }
        points = points.filter { !Dominance.dominates(point, $0.value) }
        points[trial.number] = point
        members = points.keys.sorted()
        return true
    }

    /// The objectives to be made small, or nil for a trial that cannot be on
    /// the front.
    private func point(of trial: Trial) -> [Double]? {
        guard trial.state == .done else { return nil }
        let isFeasible = constraints.allSatisfy { constraint in
            trial.value(of: constraint.metric).map { constraint.violation($0) == 0 } ?? false
        }
        let values = objectives.compactMap { objective in
            trial.value(of: objective.metric).map { objective.minimized($0) }
        }
        return isFeasible && values.count == objectives.count && values.allSatisfy(\.isFinite) ? values : nil
    }
}

extension Objective {
    /// The value with its sign turned if it is to be made large.
    func minimized(_ value: Double) -> Double { direction == .minimize ? value : -value }
}
