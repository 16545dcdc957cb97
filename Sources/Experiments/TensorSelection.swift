/// One tensor of a base model, whatever its family calls it.
package enum BaseTensor: Sendable, Hashable {
    case weight(Site)
    case bias(Site)
    case normWeight(Norm)
    case normBias(Norm)
    case words, positions, types
    /// Of the map between the embeddings and the first block; its tensors are
    /// empty where there is none.
    case embeddingProjectionWeight, embeddingProjectionBias

    package enum Norm: Sendable, Hashable {
        case embeddings
        /// After the attention of a block.
        case attention(Int)
        /// After the feed-forward part of a block.
        case output(Int)
    }
}

/// Which of the base's own tensors a configuration trains, with what
/// multiplies their learning rate.
package struct TensorSelection: Sendable, Hashable {
    package private(set) var learningRateScales: [BaseTensor: Double] = [:]

    package init(_ configuration: Configuration, shape: ModelShape) {
        for component in configuration.components { component.value.select(in: &self, shape: shape) }
    }

    /// A tensor that two components name keeps the smaller steps.
    package mutating func train(_ tensor: BaseTensor, learningRateScale scale: Double = 1) {
        learningRateScales[tensor] = min(learningRateScales[tensor] ?? scale, scale)
    }

    /// Both tensors of a LayerNorm.
    package mutating func train(_ norm: BaseTensor.Norm, learningRateScale scale: Double = 1) {
        train(.normWeight(norm), learningRateScale: scale)
        train(.normBias(norm), learningRateScale: scale)
    }

    package func contains(_ tensor: BaseTensor) -> Bool { learningRateScales[tensor] != nil }

    /// Numbers in all of them.
    func count(in shape: ModelShape) -> Int {
        learningRateScales.keys.reduce(0) { $0 + shape.count(of: $1) }
    }
}

extension ModelShape {
    /// Numbers in a tensor.
    package func count(of tensor: BaseTensor) -> Int {
        switch tensor {
        case .weight(let site):
            let size = size(of: site.projection)
            return size.in * size.out
        case .bias(let site): return size(of: site.projection).out
        case .normWeight(.embeddings), .normBias(.embeddings): return embedding
        case .normWeight, .normBias: return hidden
        case .words: return vocabulary * embedding
        case .positions: return positions * embedding
        case .types: return tokenTypes * embedding
        case .embeddingProjectionWeight: return projectsEmbeddings ? hidden * embedding : 0
        case .embeddingProjectionBias: return projectsEmbeddings ? hidden : 0
        }
    }
}
