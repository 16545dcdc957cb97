/// What a native configuration costs, computed from its sizes alone: never
/// measured, never modelled, the same on every machine.
///
/// A configuration must fit the shape (`Configuration.check(against:)`), and
/// the shape must be that of a model that exists: counts are not checked for
/// overflow.
public struct Costs: Sendable, Hashable {
    /// Of the base model.
    public let shape: ModelShape
    /// Labels, and how many examples of what length.
    public let data: DataFacts
    /// Decides which rows of the last block are read.
    public let task: TaskDefinition.Kind
    /// Of the base model; it decides about exports alone.
    public let family: String

    /// The costs of configurations of one model on one task.
    public init(
        shape: ModelShape, data: DataFacts, task: TaskDefinition.Kind = .classification,
        family: String = "bert"
    ) {
        self.family = family
        self.shape = shape
        self.data = data
        self.task = task
    }

    /// Nil where configurations are not native ones or the data are unknown.
    public init?(of study: Study) {
        guard case .native = study.space.meaning, let model = study.model, let data = study.data else {
            return nil
        }
        self.init(
            shape: model.shape, data: data, task: study.task?.kind ?? .classification, family: model.family)
    }

    /// Trainable numbers of the configuration, head included. A tensor that
    /// two components name counts once.
    public func trainableParameters(of configuration: Configuration) -> Int {
        Self.trainableParameters(of: configuration, shape: shape, labels: data.outputs)
    }

    /// The same for a classifier of `labels` classes.
    public static func trainableParameters(
        of configuration: Configuration, shape: ModelShape, labels: Int
    ) -> Int {
        var count = headParameters(configuration.head, shape: shape, labels: labels)
        count += configuration.components.reduce(0) { $0 + $1.value.addedParameters(in: shape) }
        let shared = configuration.components.reduce(into: [:]) {
            $0.merge($1.value.sharedParameters(in: shape), uniquingKeysWith: max)
        }
        count += shared.values.reduce(0, +)
        return count + TensorSelection(configuration, shape: shape).count(in: shape)
    }

    /// Bytes of the trained tensors in float32: what a hand-over weighs.
    public func adapterBytes(of configuration: Configuration) -> Int {
        4 * trainableParameters(of: configuration)
    }

    /// Whether the head reads every token's hidden state, not the first's
    /// alone.
    var readsEveryToken: Bool { task == .tokenClassification }

    /// The lowest block in which something trains: -1 when it is the
    /// embeddings, nil when only the head trains. No gradient is computed
    /// below it, and what lies below does not depend on the configuration.
    public static func lowestAdaptedLayer(of configuration: Configuration) -> Int? {
        configuration.components.compactMap(\.value.lowestLayer).min()
    }

    /// The block up to which hidden states are those of the base alone, so that
    /// they can be shared: 0 where the configuration changes the embeddings.
    public static func lowestChangedLayer(of configuration: Configuration, layers: Int) -> Int {
        let movesPositions = configuration.components.contains { $0.value.positionOffset > 0 }
        let lowest = configuration.components.compactMap(\.value.lowestChangedLayer).min()
        return movesPositions ? 0 : max(lowest ?? layers, 0)
    }

    private static func headParameters(_ head: HeadSettings, shape: ModelShape, labels: Int) -> Int {
        let classifier = shape.hidden * labels + labels
        return head.pooler == .trained ? classifier + shape.hidden * shape.hidden + shape.hidden : classifier
    }
}
