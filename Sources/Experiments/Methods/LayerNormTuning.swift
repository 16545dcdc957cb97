/// Trains LayerNorm weights and biases (Zhao et al. 2023, arXiv 2312.11420).
public struct LayerNormTuning: Sendable, Hashable {
    /// The blocks whose LayerNorms train; nil is all of them and the
    /// embedding's.
    public var layers: Set<Int>?
    public init(layers: Set<Int>? = nil) { self.layers = layers }
}

extension LayerNormTuning: NamingLayersOrAll {
    package static let name = "layernorm"
    package static let summary = "Trains LayerNorm weights and biases (arXiv 2312.11420)."
    package static let typicalLearningRate = 4e-3

    public init() { self.init(layers: nil) }

    package func select(in selection: inout TensorSelection, shape: ModelShape) {
        for layer in layers ?? Set(0..<shape.layers) {
            selection.train(.attention(layer))
            selection.train(.output(layer))
        }
        if layers == nil { selection.train(.embeddings) }
    }
}
