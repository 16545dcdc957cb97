/// Prefix-Tuning+ (Wang et al. 2025, arXiv 2506.13674): what a prefix would add
/// leaves the softmax, `φ(q)·M` for each head with φ = elu + 1 and a trained M.
public struct PrefixTuningPlus: Sendable, Hashable {
    public var layers: Set<Int>

    public init(layers: Set<Int>) { self.layers = layers }
}

extension PrefixTuningPlus: NamingLayers {
    package static let name = "prefix_plus"
    package static let summary = "A trained map of each head's query beside attention (arXiv 2506.13674)."
    package static let typicalLearningRate = 5e-3

    package init() { self.init(layers: []) }

    package func addedParameters(in shape: ModelShape) -> Int {
        layers.count * shape.hidden * (shape.hidden / shape.heads)
    }

    package func trainsAttention(in layer: Int) -> Bool { layers.contains(layer) }

    package func products(in layer: Int, of pass: PassCount) -> DirectedProducts {
        guard layers.contains(layer) else { return DirectedProducts() }
        let headSize = pass.hidden / Double(pass.shape.heads)
        let unit = 2 * pass.hidden * headSize * pass.rows(.query, layer)
        return DirectedProducts(forward: unit, backward: 2 * unit)
    }
}
