import Experiments

/// A tensor's name without prefix, and its size; a vector is one row.
struct NamedTensor: Sendable, Hashable {
    let name: String
    let rows: Int
    let columns: Int

    init(_ name: String, _ rows: Int, _ columns: Int) {
        self.name = name
        self.rows = rows
        self.columns = columns
    }
}

/// The names that a family of Hugging Face gives its encoder's tensors, without
/// prefix.
struct TensorNames: Sendable, Hashable {
    /// Of the blocks, whose numbers follow: `encoder.layer`.
    let blocks: String
    /// Within a block.
    let maps: [Projection: String]
    let attentionNorm: String
    let outputNorm: String

    let words = "embeddings.word_embeddings.weight"
    let positions = "embeddings.position_embeddings.weight"
    let types = "embeddings.token_type_embeddings.weight"
    let embeddingNorm = "embeddings.LayerNorm"
    /// From the width of the embeddings to that of the hidden states.
    let embeddingProjection = "embeddings_project"

    static let bert = TensorNames(
        blocks: "encoder.layer",
        maps: [
            .query: "attention.self.query", .key: "attention.self.key", .value: "attention.self.value",
            .attentionOutput: "attention.output.dense", .feedForwardIn: "intermediate.dense",
            .feedForwardOut: "output.dense",
        ],
        attentionNorm: "attention.output.LayerNorm", outputNorm: "output.LayerNorm")

    func block(_ layer: Int) -> String { "\(blocks).\(layer)" }

    /// - Precondition: `maps` names every projection.
    func map(_ projection: Projection, layer: Int) -> String { "\(block(layer)).\(maps[projection]!)" }

    func attentionNorm(_ layer: Int) -> String { "\(block(layer)).\(attentionNorm)" }
    func outputNorm(_ layer: Int) -> String { "\(block(layer)).\(outputNorm)" }

    func tensor(_ tensor: BaseTensor) -> String {
        switch tensor {
        case .weight(let site): "\(map(site.projection, layer: site.layer)).weight"
        case .bias(let site): "\(map(site.projection, layer: site.layer)).bias"
        case .normWeight(let norm): "\(self.norm(norm)).weight"
        case .normBias(let norm): "\(self.norm(norm)).bias"
        case .words: words
        case .positions: positions
        case .types: types
        case .embeddingProjectionWeight: "\(embeddingProjection).weight"
        case .embeddingProjectionBias: "\(embeddingProjection).bias"
        }
    }

    private func norm(_ norm: BaseTensor.Norm) -> String {
        switch norm {
        case .embeddings: embeddingNorm
        case .attention(let layer): attentionNorm(layer)
        case .output(let layer): outputNorm(layer)
        }
    }

    /// Biases and LayerNorms are vectors in every family; all else has two
    /// dimensions.
    static func isMatrix(_ name: String) -> Bool {
        name.hasSuffix(".weight") && !name.hasSuffix("LayerNorm.weight")
            && !name.hasSuffix("layer_norm.weight")
    }

    /// Every tensor of an encoder of this shape.
    func tensors(of shape: ModelShape) -> [NamedTensor] {
        var tensors = embeddings(of: shape)
        for layer in 0..<shape.layers {
            for projection in Projection.allCases {
                let size = shape.size(of: projection)
                tensors += affine(map(projection, layer: layer), size.out, size.in)
            }
            tensors += norm(attentionNorm(layer), shape.hidden) + norm(outputNorm(layer), shape.hidden)
        }
        return tensors
    }

    private func embeddings(of shape: ModelShape) -> [NamedTensor] {
        var tensors = [
            NamedTensor(words, shape.vocabulary, shape.embedding),
            NamedTensor(positions, shape.positions, shape.embedding),
        ]
        if shape.tokenTypes > 0 { tensors.append(NamedTensor(types, shape.tokenTypes, shape.embedding)) }
        tensors += norm(embeddingNorm, shape.embedding)
        guard shape.projectsEmbeddings else { return tensors }
        return tensors + affine(embeddingProjection, shape.hidden, shape.embedding)
    }

    private func affine(_ name: String, _ out: Int, _ input: Int) -> [NamedTensor] {
        [NamedTensor("\(name).weight", out, input), NamedTensor("\(name).bias", 1, out)]
    }

    private func norm(_ name: String, _ width: Int) -> [NamedTensor] {
        [NamedTensor("\(name).weight", 1, width), NamedTensor("\(name).bias", 1, width)]
    }
}
