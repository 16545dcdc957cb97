/// Which of the base's own tensors a configuration trains, per block and for
/// the embeddings; components that name the same tensor select it once.
struct SelectedTensors {
    /// Layers whose every tensor trains.
    private(set) var blocks: Set<Int> = []
    private var biases: Set<Int> = []
    private var norms: Set<Int> = []
    private(set) var hasEmbeddings = false
    private var hasEmbeddingBias = false
    private var hasEmbeddingNorm = false

    init(_ configuration: Configuration, layers: Int) {
        for component in configuration.components {
            switch component {
            case .bias(let bias):
                biases = bias.layers ?? Set(0..<layers)
                hasEmbeddingBias = bias.layers == nil
            case .layerNorm(let norm):
                norms = norm.layers ?? Set(0..<layers)
                hasEmbeddingNorm = norm.layers == nil
            case .unfreeze(let unfreezing):
                blocks = unfreezing.layers
                hasEmbeddings = unfreezing.embeddings
            case .lora, .bottleneck: break
            }
        }
    }

    func count(in shape: ModelShape) -> Int {
        let (d, f) = (shape.hidden, shape.feedForward)
        let allBiases = 7 * d + f
        let whole = blocks.count * (4 * d * d + 2 * d * f + allBiases + 2 * d)
        let partial = biases.union(norms).subtracting(blocks).reduce(0) { sum, layer in
            let norms = norms.contains(layer) ? (biases.contains(layer) ? 2 * d : 4 * d) : 0
            return sum + norms + (biases.contains(layer) ? allBiases : 0)
        }
        return whole + partial + embeddingCount(in: shape)
    }

    private func embeddingCount(in shape: ModelShape) -> Int {
        let d = shape.hidden
        if hasEmbeddings { return (shape.vocabulary + shape.positions + shape.tokenTypes) * d + 2 * d }
        return hasEmbeddingNorm ? 2 * d : hasEmbeddingBias ? d : 0
    }
}
