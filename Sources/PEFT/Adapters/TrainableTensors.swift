import Experiments

/// Which of the base's own tensors a configuration trains: unfreezing, BitFit
/// and LayerNorm tuning are all this one set.
struct TrainableTensors {
    /// By name, with what multiplies the learning rate.
    private(set) var scales: [String: Double] = [:]

    init(_ configuration: Configuration, shape: ModelShape) {
        for component in configuration.components {
            switch component {
            case .lora, .bottleneck: break
            case .bias(let bias): add(bias, shape: shape)
            case .layerNorm(let norm): add(norm, shape: shape)
            case .unfreeze(let unfreezing): add(unfreezing, shape: shape)
            }
        }
    }

    private mutating func add(_ bias: BiasTuning, shape: ModelShape) {
        for layer in bias.layers ?? Set(0..<shape.layers) {
            for projection in Projection.allCases { train("\(BERTNames.map(projection, layer: layer)).bias") }
            train("\(BERTNames.attentionNorm(layer)).bias")
            train("\(BERTNames.outputNorm(layer)).bias")
        }
        if bias.layers == nil { train("\(BERTNames.embeddingNorm).bias") }
    }

    private mutating func add(_ norm: LayerNormTuning, shape: ModelShape) {
        for layer in norm.layers ?? Set(0..<shape.layers) {
            trainBoth(BERTNames.attentionNorm(layer))
            trainBoth(BERTNames.outputNorm(layer))
        }
        if norm.layers == nil { trainBoth(BERTNames.embeddingNorm) }
    }

    private mutating func add(_ unfreezing: Unfreezing, shape: ModelShape) {
        let scale = unfreezing.learningRateScale
        for layer in unfreezing.layers {
            for projection in Projection.allCases {
                trainBoth(BERTNames.map(projection, layer: layer), scale: scale)
            }
            trainBoth(BERTNames.attentionNorm(layer), scale: scale)
            trainBoth(BERTNames.outputNorm(layer), scale: scale)
        }
        guard unfreezing.embeddings else { return }
        for table in [BERTNames.words, BERTNames.positions, BERTNames.types] { train(table, scale: scale) }
        trainBoth(BERTNames.embeddingNorm, scale: scale)
    }

    private mutating func trainBoth(_ name: String, scale: Double = 1) {
        train("\(name).weight", scale: scale)
        train("\(name).bias", scale: scale)
    }

    /// A tensor that two components name keeps the smaller steps.
    private mutating func train(_ name: String, scale: Double = 1) {
        scales[name] = min(scales[name] ?? scale, scale)
    }
}
