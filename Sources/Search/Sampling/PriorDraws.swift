import Experiments

/// Where a prior's chances come from: a generator, or, for what decides most
/// of a configuration, the coordinates of a quasi-random point, so that the
/// points of a sequence cover sizes, layers and rates evenly.
struct PriorDraws {
    /// What has a coordinate: what matters most comes first, where pairs of
    /// coordinates are the most even. Those of `settings` follow.
    enum Choice: Int, CaseIterable {
        case firstSize, lowestLayer, learningRate, firstComponent, componentCount, reachesTop
        case secondComponent, secondSize, highestLayer, firstParts, isUninformed, isLong, secondParts
        case thirdComponent, thirdSize, thirdParts
    }

    /// By the order of the components that are drawn.
    static let components: [Choice] = [.firstComponent, .secondComponent, .thirdComponent]
    /// Likewise.
    static let sizes: [Choice] = [.firstSize, .secondSize, .thirdSize]
    /// Likewise.
    static let parts: [Choice] = [.firstParts, .secondParts, .thirdParts]

    /// Of all other chances.
    var generator: SeededGenerator
    private let point: [Double]
    private let settings: [String: Int]

    /// All chances from the generator.
    init(_ generator: SeededGenerator) {
        self.init(generator, point: [], settings: [:])
    }

    /// - Parameters:
    ///   - point: a coordinate for each choice, then one for each setting.
    ///   - settings: which of the latter are whose, by name.
    init(_ generator: SeededGenerator, point: [Double], settings: [String: Int]) {
        self.generator = generator
        self.point = point
        self.settings = settings
    }

    /// Uniform in [0, 1).
    mutating func uniform(_ choice: Choice) -> Double {
        point.isEmpty ? generator.uniform() : point[choice.rawValue]
    }

    /// Uniform in 0 ..< count.
    mutating func index(_ choice: Choice, below count: Int) -> Int {
        point.isEmpty
            ? generator.index(below: count) : min(Int(point[choice.rawValue] * Double(count)), count - 1)
    }

    /// Standard normal.
    mutating func normal(_ choice: Choice) -> Double {
        point.isEmpty ? generator.normal() : StandardNormal.quantile(point[choice.rawValue])
    }

    /// By the domain's scale.
    mutating func value(of setting: Parameter) -> JSON {
        guard let offset = settings[setting.name] else { return setting.domain.sample(&generator) }
        return setting.domain.value(at: point[Choice.allCases.count + offset])
    }
}
