import Experiments
import Foundation

/// The sizes of a native space as coordinates.
///
/// First the structure, by which methods mostly differ: for each component
/// whether it is there, how large it is, in how many of its places and how far
/// down; then what the whole costs, how far down it reaches, the learning rate
/// relative to what the components are known to want, and how far a step moves
/// the blocks (`LearningPace`). Then the sizes one
/// by one, and their means by part and by layer, with one lengthscale for each
/// component.
struct StructureCode: Sendable {
    private let layout: SpaceLayout
    private let components: [ComponentCode]
    private let pace: LearningPace
    private let costs: Costs?
    private let parameterRange: ClosedRange<Double>
    /// The lengthscale group of each coordinate of the structure, from 0.
    let structureGroups: [Int]
    /// Likewise of the sizes.
    let sizeGroups: [Int]

    init(_ layout: SpaceLayout, costs: Costs?) {
        self.layout = layout
        pace = LearningPace(layout)
        self.costs = costs
        let components = layout.components.map { ComponentCode($0, in: layout) }
        self.components = components
        parameterRange = Self.parameterRange(costs)
        var structure = components.indices.flatMap { [$0, $0, $0, $0] }
        structure += (0..<4).map { components.count + $0 }
        structure += components.map { _ in components.count + 4 }
        structureGroups = structure
        sizeGroups = components.indices.flatMap { index in
            [Int](repeating: index, count: components[index].detailCount)
        }
    }

    /// log10 of the parameters of the smallest head and of the whole model.
    private static func parameterRange(_ costs: Costs?) -> ClosedRange<Double> {
        guard let costs else { return 0...1 }
        let head = Configuration(head: HeadSettings(pooler: .absent))
        let low = log10(Double(max(costs.trainableParameters(of: head), 1)))
        let full = Double(max(costs.trainableParameters(of: Baselines.full(costs.shape)), 1))
        return low...max(low + 1, log10(full))
    }

    func coordinates(of assignment: Assignment, native: Configuration?) -> [Double] {
        let pattern = layout.pattern(of: assignment)
        var structure: [Double] = []
        var details: [Double] = []
        for component in components {
            let code = component.coordinates(of: pattern, layers: layout.layers)
            structure += code.structure
            details += code.details
        }
        structure += whole(assignment, native, pattern)
        return structure + details
    }

    private func whole(_ assignment: Assignment, _ native: Configuration?, _ pattern: SizePattern) -> [Double]
    {
        var parameters = 0.0
        if let native, let costs {
            let count = log10(Double(max(costs.trainableParameters(of: native), 1)))
            let width = parameterRange.upperBound - parameterRange.lowerBound
            parameters = (count - parameterRange.lowerBound) / width
        }
        let active = pattern.indices.filter { pattern[$0] > 0 }
        let lowest = active.map { layout.sizes[$0].place.layer ?? -1 }.min()
        let depth = lowest.map { Double(layout.layers - $0) / Double(layout.layers + 1) } ?? 0
        let typical = SettingPrior.typicalLearningRate(for: assignment, in: layout)
        let rate = assignment["training.learning_rate"]?.number ?? typical
        let paces = pace.coordinates(of: assignment, pattern: pattern, rate: rate)
        return [parameters, depth, log10(max(rate, 1e-12) / typical) / 2, paces.whole] + paces.components
    }
}

/// The sizes of one component as coordinates.
private struct ComponentCode: Sendable {
    let indices: [Int]
    /// The highest level of each size.
    let tops: [Double]
    let layers: [Int]
    /// Positions in `indices` that are averaged: by part, and by layer.
    let means: [[Int]]

    init(_ name: String, in layout: SpaceLayout) {
        let indices = layout.indices(of: name)
        self.indices = indices
        tops = indices.map { Double(layout.sizes[$0].levels.count - 1) }
        layers = indices.map { layout.sizes[$0].place.layer ?? -1 }
        let parts = layout.parts(of: name)
        let byPart = parts.map { part in
            indices.indices.filter { layout.sizes[indices[$0]].place.part == part }
        }
        let byLayer = Set(layers).sorted().map { layer in
            indices.indices.filter { layout.sizes[indices[$0]].place.layer ?? -1 == layer }
        }
        means = (byPart.count > 1 ? byPart : []) + (parts.count > 1 ? byLayer : [])
    }

    var detailCount: Int { indices.count + means.count }

    func coordinates(of pattern: SizePattern, layers count: Int) -> (structure: [Double], details: [Double]) {
        let levels = zip(indices, tops).map { Double(pattern[$0]) / max($1, 1) }
        let active = levels.indices.filter { levels[$0] > 0 }
        guard !active.isEmpty else {
            return ([0, 0, 0, 0], [Double](repeating: 0, count: detailCount))
        }
        let size = active.reduce(0) { $0 + levels[$1] } / Double(active.count)
        let lowest = active.map { layers[$0] }.min() ?? 0
        let share = Double(active.count) / Double(levels.count)
        let depth = Double(count - lowest) / Double(count + 1)
        // So that all sizes together, and all means, count as one parameter does.
        let (one, mean) = (levels.count, means.count)
        let sizes = levels.map { $0 / Double(one).squareRoot() }
        let averages = means.map { group in
            group.reduce(0) { $0 + levels[$1] } / Double(group.count) / Double(mean).squareRoot()
        }
        return ([0.5, size / 2, share, depth], sizes + averages)
    }
}
