import Experiments

/// Covers a space evenly by a scrambled Sobol sequence.
///
/// In a literal space each parameter has a coordinate on its domain's scale. In
/// a native one the coordinates drive the structured prior: one a size would
/// always give large configurations that reach the bottom block.
struct QuasiRandomSampler: Sendable {
    private let layout: SpaceLayout
    private let settings: [String: Int]
    private let sequence: SobolSequence

    /// - Parameter seed: of the scrambles.
    init(_ layout: SpaceLayout, seed: UInt64) {
        self.layout = layout
        let parameters = layout.space.parameters
        if case .literal = layout.space.meaning {
            settings = [:]
            sequence = SobolSequence(dimensions: parameters.count, seed: seed)
        } else {
            settings = Dictionary(
                layout.settings.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
            sequence = SobolSequence(
                dimensions: PriorDraws.Choice.allCases.count + layout.settings.count, seed: seed)
        }
    }

    /// - Parameter generator: decides what has no coordinate.
    func sample(at index: UInt32, _ generator: inout SeededGenerator) -> Assignment {
        let point = sequence.point(at: index)
        guard case .native = layout.space.meaning else {
            return layout.space.parameters.indices.reduce(into: [:]) { assignment, index in
                let parameter = layout.space.parameters[index]
                assignment[parameter.name] = parameter.domain.value(at: point[index])
            }
        }
        var draws = PriorDraws(generator, point: point, settings: settings)
        defer { generator = draws.generator }
        return PriorSampler(layout).sample(&draws)
    }
}
