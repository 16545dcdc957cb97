import Experiments

/// The structure of one component's sizes.
struct ComponentFeatures: Sendable {
    private let indices: [Int]
    /// Of each size: its block, the place of its part, its highest level.
    private let layers: [Int?]
    private let partPlaces: [Int]
    private let tops: [Double]
    private let partCount: Int
    private let isLayered: Bool
    private let hasLevels: Bool
    /// Of one block.
    private let cell: Double

    init(_ name: String, in layout: SpaceLayout) {
        indices = layout.indices(of: name)
        let parts = layout.parts(of: name)
        layers = indices.map { layout.sizes[$0].place.layer }
        partPlaces = indices.map { parts.firstIndex(of: layout.sizes[$0].place.part) ?? -1 }
        tops = indices.map { Double(layout.sizes[$0].levels.count - 1) }
        partCount = parts.count > 1 ? parts.count : 0
        isLayered = !parts.isEmpty && layout.layers > 1
        hasLevels = tops.contains { $0 > 1 }
        cell = 1 / Double(max(layout.layers, 1))
    }

    var axes: [DensityAxis] {
        var axes: [DensityAxis] = [.choice(count: 2)]
        if isLayered { axes += [.scale(cell: cell), .scale(cell: cell)] }
        if hasLevels { axes.append(.scale(cell: 0.05)) }
        return axes + Array(repeating: .choice(count: 2), count: partCount)
    }

    /// - Parameter count: of the model's blocks.
    func append(to vector: inout [Double], of pattern: SizePattern, layers count: Int) {
        var (lowest, highest) = (Int.max, Int.min)
        var (active, level) = (0, 0.0)
        var parts = [Double](repeating: 0, count: partCount)
        for (place, index) in indices.enumerated() where pattern[index] > 0 {
            active += 1
            level += (Double(pattern[index]) - 0.5) / tops[place]
            if let layer = layers[place] { (lowest, highest) = (min(lowest, layer), max(highest, layer)) }
            if partCount > 0, partPlaces[place] >= 0 { parts[partPlaces[place]] = 1 }
        }
        guard active > 0 else {
            vector.append(0)
            vector.append(contentsOf: repeatElement(.nan, count: axes.count - 1))
            return
        }
        vector.append(1)
        if isLayered {
            let isSomewhere = lowest <= highest
            vector.append(isSomewhere ? (Double(lowest) + 0.5) / Double(count) : .nan)
            vector.append(isSomewhere ? (Double(highest) + 0.5) / Double(count) : .nan)
        }
        if hasLevels { vector.append(level / Double(active)) }
        vector += parts
    }
}
