package import Experiments
import Foundation

/// A space's points as coordinates that a covariance compares.
///
/// Every setting has its own lengthscale, and so has every condition: whether
/// it holds is a coordinate. In a native space follow the structure of the
/// sizes (`StructureCode`) and the sizes themselves, which are too many for a
/// lengthscale each. The last coordinate is the fidelity.
package struct PointEncoder: Sendable {
    let space: SearchSpace
    let layout: SpaceLayout
    private let codes: [ParameterCode]
    private let conditions: [Parameter.Condition]
    private let structure: StructureCode?
    /// The lengthscale group of each coordinate.
    let groups: [Int]
    let settings: Range<Int>
    /// Those of settings that every point has.
    let shared: [Int]
    let structural: Range<Int>
    let sizes: Range<Int>

    /// - Parameter costs: of a native space.
    package init(_ space: SearchSpace, costs: Costs? = nil) {
        self.space = space
        let layout = SpaceLayout(space)
        self.layout = layout
        codes = layout.settings.compactMap(ParameterCode.init)
        var seen: Set<Parameter.Condition> = []
        conditions = layout.settings.compactMap { parameter in
            guard let condition = parameter.condition, Self.isNews(condition, in: layout),
                seen.insert(condition).inserted
            else { return nil }
            return condition
        }
        structure = layout.sizes.isEmpty ? nil : StructureCode(layout, costs: costs)
        var groups: [Int] = []
        var shared: [Int] = []
        for (group, code) in codes.enumerated() {
            if code.parameter.condition == nil {
                shared += groups.count..<(groups.count + code.coordinateCount)
            }
            groups += [Int](repeating: group, count: code.coordinateCount)
        }
        for index in conditions.indices { groups.append(codes.count + index) }
        settings = 0..<groups.count
        let first = codes.count + conditions.count
        groups += (structure?.structureGroups ?? []).map { first + $0 }
        structural = settings.upperBound..<groups.count
        let next = (groups.max() ?? -1) + 1
        groups += (structure?.sizeGroups ?? []).map { next + $0 }
        sizes = structural.upperBound..<groups.count
        groups.append((groups.max() ?? -1) + 1)
        self.groups = groups
        self.shared = shared
    }

    var fidelity: Int { groups.count - 1 }

    /// What the presence of a component says is in the structure, and what one
    /// choice of two values says is in the choice.
    private static func isNews(_ condition: Parameter.Condition, in layout: SpaceLayout) -> Bool {
        guard case .values(let values) = condition else { return false }
        guard values.count == 1, let name = values.keys.first else { return true }
        return layout.settings.first { $0.name == name }?.domain.values(upTo: 2) == nil
    }

    /// A point's coordinates.
    /// - Parameters:
    ///   - assignment: canonical.
    ///   - native: what it means in a native space.
    ///   - fidelity: the share of the training steps, in (0, 1].
    package func coordinates(
        of assignment: Assignment, native: Configuration?, fidelity: Double = 1
    ) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(groups.count)
        for code in codes { result += code.coordinates(of: assignment[code.parameter.name]) }
        for condition in conditions {
            let probe = Parameter(name: "", domain: .choice([]), condition: condition)
            result.append(space.isActive(probe, in: assignment) ? 1 : 0)
        }
        if let structure { result += structure.coordinates(of: assignment, native: native) }
        result.append(-log2(min(max(fidelity, 1e-3), 1)) / 4)
        return result
    }

    /// The covariance of an objective over the space.
    /// - Parameter hasFidelities: whether there are outcomes of lower rungs.
    package func covariance(hasFidelities: Bool, tuning: GPTuning = GPTuning()) -> Covariance {
        let rung = hasFidelities ? [fidelity] : []
        let whole = Array(settings) + Array(structural)
        var terms = [CovarianceTerm(.matern, coordinates: whole + rung, groups: groups)]
        if tuning.hasSharedTerm, !shared.isEmpty, shared.count < whole.count {
            terms.append(CovarianceTerm(.matern, coordinates: shared + rung, groups: groups))
        }
        if !sizes.isEmpty {
            terms.append(CovarianceTerm(.matern, coordinates: Array(sizes) + rung, groups: groups))
        }
        if tuning.hasLinearTerm {
            terms.append(CovarianceTerm(.linear, coordinates: whole + rung, groups: groups))
        }
        return Covariance(terms)
    }
}
