/// One point of the native engine's space: what is added to or unfrozen in the
/// base model, and how it is trained.
///
/// Its JSON is the one form that the space, the engine, the database, the
/// exporter and the reports share; see `Configuration+JSON.swift`.
public struct Configuration: Sendable, Hashable {
    /// In canonical order (the order of `Component`'s cases, then of sites),
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

/// One kind of adaptation with its sizes per layer; absent means 0.
public enum Component: Sendable, Hashable {
    case lora(LoRA)
    case bottleneck(Bottleneck)
    case bias(BiasTuning)
    case layerNorm(LayerNormTuning)
    case unfreeze(Unfreezing)
}

/// Low-rank adaptation, `W' = W + (alpha/r)·B·A` (Hu et al. 2021,
/// arXiv 2106.09685), with a rank of its own per layer and projection.
public struct LoRA: Sendable, Hashable {
    /// Rank by site, 1 ... 1024.
    public var ranks: [Site: Int]
    /// `alpha / r`, in (0, 1000]; the same for every site, so that a rank can
    /// change without changing the step size.
    public var alphaOverRank: Double
    /// Dropout of the adapter's input, 0 ..< 1.
    public var dropout: Double

    public init(ranks: [Site: Int], alphaOverRank: Double = 1, dropout: Double = 0) {
        self.ranks = ranks
        self.alphaOverRank = alphaOverRank
        self.dropout = dropout
    }
}

/// A bottleneck adapter, `scale·(U·f(D·x + b_D) + b_U)`.
public struct Bottleneck: Sendable, Hashable {
    /// Where the adapter reads and adds.
    public enum Placement: String, Sendable, Hashable, CaseIterable {
        /// Reads the feed-forward input, adds to its output (He et al. 2021,
        /// arXiv 2110.04366).
        case parallelFeedForward = "parallel_ffn"
        /// After the attention output projection, before the residual
        /// (Houlsby et al. 2019, arXiv 1902.00751).
        case serialAttention = "serial_attention"
        /// After the second feed-forward projection, before the residual
        /// (Houlsby et al. 2019).
        case serialFeedForward = "serial_ffn"
    }

    public enum Activation: String, Sendable, Hashable, CaseIterable {
        case relu, gelu
    }

    public var site: Placement
    /// Width by layer, 1 ... 4096.
    public var widths: [Int: Int]
    public var activation: Activation
    /// In (0, 1000].
    public var scale: Double

    public init(site: Placement, widths: [Int: Int], activation: Activation = .relu, scale: Double = 1) {
        self.site = site
        self.widths = widths
        self.activation = activation
        self.scale = scale
    }
}

/// Trains bias vectors (BitFit, Ben Zaken et al. 2021, arXiv 2106.10199).
public struct BiasTuning: Sendable, Hashable {
    /// The blocks whose biases train; nil is all of them and the embedding's
    /// LayerNorm bias.
    public var layers: Set<Int>?
    public init(layers: Set<Int>? = nil) { self.layers = layers }
}

/// Trains LayerNorm weights and biases (Zhao et al. 2023, arXiv 2312.11420).
public struct LayerNormTuning: Sendable, Hashable {
    /// The blocks whose LayerNorms train; nil is all of them and the
    /// embedding's.
    public var layers: Set<Int>?
    public init(layers: Set<Int>? = nil) { self.layers = layers }
}

/// Trains whole blocks of the base: layer-wise fine-tuning, and full
/// fine-tuning when it names all of them and the embeddings.
public struct Unfreezing: Sendable, Hashable {
    public var layers: Set<Int>
    public var embeddings: Bool
    /// Multiplies the learning rate of the unfrozen tensors, in (0, 1]: they
    /// start at pretrained values and want smaller steps than new ones.
    public var learningRateScale: Double

    public init(layers: Set<Int>, embeddings: Bool = false, learningRateScale: Double = 1) {
        self.layers = layers
        self.embeddings = embeddings
        self.learningRateScale = learningRateScale
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

    public init(pooler: Pooler = .trained, dropout: Double = 0.1) {
        self.pooler = pooler
        self.dropout = dropout
    }
}

/// How the trainable tensors are trained: AdamW with decoupled weight decay
/// (Loshchilov and Hutter 2017, arXiv 1711.05101).
public struct TrainingSettings: Sendable, Hashable {
    /// How the learning rate falls after the warm-up.
    public enum Schedule: String, Sendable, Hashable, CaseIterable {
        case constant, linear, cosine
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

    public init(
        learningRate: Double = 1e-3, epochs: Int = 3, batchSize: Int = 32, warmup: Double = 0.06,
        schedule: Schedule = .linear, weightDecay: Double = 0.01, gradientClipping: Double = 1
    ) {
        self.learningRate = learningRate
        self.epochs = epochs
        self.batchSize = batchSize
        self.warmup = warmup
        self.schedule = schedule
        self.weightDecay = weightDecay
        self.gradientClipping = gradientClipping
    }
}
