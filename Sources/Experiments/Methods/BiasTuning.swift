/// Trains bias vectors (BitFit, Ben Zaken et al. 2021, arXiv 2106.10199).
public struct BiasTuning: Sendable, Hashable {
    /// Which biases of a block.
    public enum Subset: String, Sendable, Hashable, CaseIterable {
        /// Of its maps and LayerNorms.
        case all
        /// Of the query map and the first feed-forward map: the half that
        /// matters most (Ben Zaken et al. 2021, section 4).
        case queryAndFeedForward = "query_ffn_in"
    }

    /// The blocks whose biases train; nil is all of them and, with all biases,
    /// those of the embedding.
    public var layers: Set<Int>?
    public var subset: Subset

    public init(layers: Set<Int>? = nil, subset: Subset = .all) {
        self.layers = layers
        self.subset = subset
    }
}

extension BiasTuning: NamingLayersOrAll {
    package static let name = "bias"
    package static let summary = "BitFit: trains bias vectors (arXiv 2106.10199)."
    package static let typicalLearningRate = 4e-3

    package static let settings: [Setting<BiasTuning>] = [
        .choice(
            "subset", \.subset, isAlwaysWritten: false,
            "all biases of a block, or those of the query map and the first feed-forward map.")
    ]

    public init() { self.init(layers: nil) }

    package var lowestLayer: Int? { layers.map { $0.min() } ?? (subset == .all ? -1 : 0) }

    package func select(in selection: inout TensorSelection, shape: ModelShape) {
        for layer in layers ?? Set(0..<shape.layers) {
            for projection in projections {
                selection.train(.bias(Site(layer: layer, projection: projection)))
            }
            guard subset == .all else { continue }
            selection.train(.normBias(.attention(layer)))
            selection.train(.normBias(.output(layer)))
        }
        guard layers == nil, subset == .all else { return }
        selection.train(.normBias(.embeddings))
        selection.train(.embeddingProjectionBias)
    }

    private var projections: [Projection] {
        subset == .all ? Projection.allCases : [.query, .feedForwardIn]
    }
}
