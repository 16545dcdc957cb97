/// One point of the native engine's space: what is added to or unfrozen in the
/// base model, and how it is trained.
///
/// Its JSON is the one form that the space, the engine, the database, the
/// exporter and the reports share; see `Configuration+JSON.swift`.
public struct Configuration: Sendable, Hashable {
    /// In canonical order (of `Component.methods`, then of sites),
    /// without components that change nothing.
    public var components: [Component]
    public var head: HeadSettings
    public var training: TrainingSettings

    public init(
        components: [Component] = [], head: HeadSettings = .init(), training: TrainingSettings = .init()
    ) {
        self.components = components
        self.head = head
        self.training = training
    }
}

/// The classifier on top, always trained, and what lies between it and the
/// encoder.
public struct HeadSettings: Sendable, Hashable {
    /// The dense layer with tanh over the first token.
    public enum Pooler: String, Sendable, Hashable, CaseIterable {
        case trained, frozen
        /// The classifier reads the first token's hidden state.
        case absent
    }

    public var pooler: Pooler
    /// Dropout before the classifier, 0 ..< 1.
    public var dropout: Double
    /// Multiplies the learning rate of the pooler and the classifier, in
    /// (0, 100].
    public var learningRateScale: Double

    public init(pooler: Pooler = .trained, dropout: Double = 0.1, learningRateScale: Double = 1) {
        self.pooler = pooler
        self.dropout = dropout
        self.learningRateScale = learningRateScale
    }
}

/// How the trainable tensors are trained: AdamW with decoupled weight decay
/// (Loshchilov and Hutter 2017, arXiv 1711.05101).
public struct TrainingSettings: Sendable, Hashable {
    /// How the learning rate falls after the warm-up.
    public enum Schedule: String, Sendable, Hashable, CaseIterable {
        case constant, linear, cosine
    }

    /// What of the configuration a step trains.
    public enum Sampling: String, Sendable, Hashable, CaseIterable {
        /// All of it.
        case whole
        /// In turn all of it, its smallest part, and two that are drawn, so
        /// that every part works by itself (the sandwich rule of Yu and Huang
        /// 2019, "Universally Slimmable Networks", arXiv 1903.05134).
        case sandwich
    }

    /// The peak, in (0, 10].
    public var learningRate: Double
    /// 1 ... 1000.
    public var epochs: Int
    /// 1 ... 4096 examples a step.
    public var batchSize: Int
    /// The share of the steps over which the rate rises from 0, in 0 ... 1.
    public var warmup: Double
    public var schedule: Schedule
    /// Of matrices; biases, LayerNorms and other vectors do not decay.
    /// In 0 ... 10.
    public var weightDecay: Double
    /// The largest norm of all gradients together; 0 does not clip.
    public var gradientClipping: Double
    public var sampling: Sampling

    public init(
        learningRate: Double = 1e-3, epochs: Int = 3, batchSize: Int = 32, warmup: Double = 0.06,
        schedule: Schedule = .linear, weightDecay: Double = 0.01, gradientClipping: Double = 1,
        sampling: Sampling = .whole
    ) {
        self.sampling = sampling
        self.learningRate = learningRate
        self.epochs = epochs
        self.batchSize = batchSize
        self.warmup = warmup
        self.schedule = schedule
        self.weightDecay = weightDecay
        self.gradientClipping = gradientClipping
    }
}
