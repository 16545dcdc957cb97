public import Experiments

/// The configurations that everybody would try first. They open every native
/// study, in one order whatever the budget, so that a budget that grows goes
/// on with the same trials; a smaller budget takes the first ones.
public struct Baselines: Sendable {
    /// One of them.
    public struct Baseline: Sendable, Hashable {
        /// The trial's label.
        public var label: String
        /// What it trains and how.
        public var configuration: Configuration
    }

    static let headOnlyLabel = "head_only"
    static let fullLabel = "full"

    /// In their order.
    public var all: [Baseline]

    /// LoRA of rank 8 on all six projections at three learning rates (the best
    /// of the three is the baseline), LoRA of rank 8 on query and value, the
    /// head alone, everything. All train for the longest that the space
    /// permits, and take over settings that the space fixes to one value
    /// (`training.batch_size: {choice: [16]}`), among them a head without a
    /// pooler.
    public init(for space: SearchSpace, shape: ModelShape) {
        let rates = [("3e-4", 3e-4), ("1e-3", 1e-3), ("3e-3", 3e-3)]
        let everywhere = rates.map { name, rate in
            Baseline(
                label: "lora_r8_all_lr\(name)",
                configuration: Self.lora(Projection.allCases, shape: shape, learningRate: rate))
        }
        let others = [
            Baseline(
                label: "lora_r8_qv",
                configuration: Self.lora([.query, .value], shape: shape, learningRate: 1e-3)),
            Baseline(label: Self.headOnlyLabel, configuration: Self.headOnly),
            Baseline(label: Self.fullLabel, configuration: Self.full(shape)),
        ]
        all = (everywhere + others).map { baseline in
            Baseline(label: baseline.label, configuration: Self.adapted(baseline.configuration, to: space))
        }
    }

    /// The pooler and the classifier.
    static var headOnly: Configuration { Configuration(training: TrainingSettings(learningRate: 1e-3)) }

    /// The classifier, without the pooler where the space may leave it.
    static func smallestHead(in space: SearchSpace) -> Configuration {
        let poolers = space.parameters.first { $0.name == "head.pooler" }?.domain
        let pooler = [HeadSettings.Pooler.absent, .frozen].first {
            poolers?.contains(.string($0.rawValue)) ?? false
        }
        return Configuration(head: HeadSettings(pooler: pooler ?? .trained))
    }

    static func full(_ shape: ModelShape) -> Configuration {
        Configuration(
            components: [.unfreeze(Unfreezing(layers: Set(0..<shape.layers), embeddings: true))],
            training: TrainingSettings(learningRate: 1e-4))
    }

    private static func lora(
        _ projections: [Projection], shape: ModelShape, learningRate: Double
    ) -> Configuration {
        let sites = (0..<shape.layers).flatMap { layer in
            projections.map { Site(layer: layer, projection: $0) }
        }
        let ranks = Dictionary(uniqueKeysWithValues: sites.map { ($0, 8) })
        return Configuration(
            components: [.lora(LoRA(ranks: ranks, alphaOverRank: 2))],
            training: TrainingSettings(learningRate: learningRate))
    }

    /// The same configuration with what the space fixes.
    static func adapted(_ configuration: Configuration, to space: SearchSpace) -> Configuration {
        guard var settings = NativeSettings(configuration) else { return configuration }
        if HybridSpace.hasNoPooler(space) { settings.head.pooler = .absent }
        for parameter in space.parameters where parameter.name.hasPrefix("training.") {
            guard let setting = NativeSetting.named(parameter.name) else { continue }
            if parameter.name == "training.epochs" {
                _ = parameter.domain.largest.map { setting.write($0, &settings) }
            } else if let values = parameter.domain.values(upTo: 1),
                parameter.name != "training.learning_rate"
            {
                _ = values.first.map { setting.write($0, &settings) }
            }
        }
        return settings.configuration
    }
}

extension ParameterDomain {
    /// The largest value; nil where there is no number.
    fileprivate var largest: JSON? {
        switch self {
        case .integer(_, let upper, _): .integer(upper)
        case .real(_, let upper, _): .number(upper)
        case .choice(let values), .levels(let values):
            values.filter { $0.number != nil }.max { $0.number! < $1.number! }
        }
    }
}
