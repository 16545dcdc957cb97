import Experiments

/// The names that Hugging Face's BERT gives its tensors, without prefix.
enum BERTNames {
    static let words = "embeddings.word_embeddings.weight"
    static let positions = "embeddings.position_embeddings.weight"
    static let types = "embeddings.token_type_embeddings.weight"
    static let embeddingNorm = "embeddings.LayerNorm"
    static let pooler = "pooler.dense"
    static let classifier = "classifier"

    static func block(_ layer: Int) -> String { "encoder.layer.\(layer)" }

    static func map(_ projection: Projection, layer: Int) -> String {
        let place =
            switch projection {
            case .query, .key, .value: "attention.self.\(projection.rawValue)"
            case .attentionOutput: "attention.output.dense"
            case .feedForwardIn: "intermediate.dense"
            case .feedForwardOut: "output.dense"
            }
        return "\(block(layer)).\(place)"
    }

    static func attentionNorm(_ layer: Int) -> String { "\(block(layer)).attention.output.LayerNorm" }
    static func outputNorm(_ layer: Int) -> String { "\(block(layer)).output.LayerNorm" }

    static func tensor(_ tensor: BaseTensor) -> String {
        switch tensor {
        case .weight(let site): "\(map(site.projection, layer: site.layer)).weight"
        case .bias(let site): "\(map(site.projection, layer: site.layer)).bias"
        case .normWeight(let norm): "\(self.norm(norm)).weight"
        case .normBias(let norm): "\(self.norm(norm)).bias"
        case .words: words
        case .positions: positions
        case .types: types
        }
    }

    private static func norm(_ norm: BaseTensor.Norm) -> String {
        switch norm {
        case .embeddings: embeddingNorm
        case .attention(let layer): attentionNorm(layer)
        case .output(let layer): outputNorm(layer)
        }
    }

    /// Biases and LayerNorms are vectors; all else has two dimensions.
    static func isMatrix(_ name: String) -> Bool {
        name.hasSuffix(".weight") && !name.hasSuffix("LayerNorm.weight")
    }

    static func poolerTensors(of shape: ModelShape) -> [(name: String, rows: Int, columns: Int)] {
        [("\(pooler).weight", shape.hidden, shape.hidden), ("\(pooler).bias", 1, shape.hidden)]
    }

    /// Every tensor of an encoder of this shape with its (rows, columns); a
    /// vector is one row.
    static func tensors(of shape: ModelShape) -> [(name: String, rows: Int, columns: Int)] {
        var tensors = [
            (words, shape.vocabulary, shape.hidden), (positions, shape.positions, shape.hidden),
            (types, shape.tokenTypes, shape.hidden),
        ]
        func add(norm: String) {
            tensors.append(("\(norm).weight", 1, shape.hidden))
            tensors.append(("\(norm).bias", 1, shape.hidden))
        }
        add(norm: embeddingNorm)
        for layer in 0..<shape.layers {
            for projection in Projection.allCases {
                let size = shape.size(of: projection)
                let name = map(projection, layer: layer)
                tensors.append(("\(name).weight", size.out, size.in))
                tensors.append(("\(name).bias", 1, size.out))
            }
            add(norm: attentionNorm(layer))
            add(norm: outputNorm(layer))
        }
        return tensors
    }
}
