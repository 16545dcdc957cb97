/// Learns to combine bottleneck adapters of finished trials, which stay as they
/// are (AdapterFusion, Pfeiffer et al. 2021, arXiv 2005.00247):
///
///     Σ_n softmax_n((Q·x + b_Q)·(K·a_n(x) + b_K))·V·a_n(x)
///
/// takes the place of one adapter a(x) at a site. Q, K, V are (d, d).
public struct AdapterFusion: Sendable, Hashable {
    /// One of the adapters, as a finished trial trained it.
    public struct Adapter: Sendable, Hashable {
        /// SHA-256 of the trial's trained tensors, by which their file is found.
        public var artifact: String
        /// As the trial's configuration has it.
        public var bottleneck: Bottleneck

        public init(artifact: String, bottleneck: Bottleneck) {
            self.artifact = artifact
            self.bottleneck = bottleneck
        }
    }

    /// 2 ... 32, all at one site. One without a width in a block does not take
    /// part there.
    public var adapters: [Adapter]
    /// The blocks in which they are combined; elsewhere none of them acts.
    public var layers: Set<Int>
    /// `ModelReference.fingerprint` of the base model on which they were
    /// trained.
    public var model: String
    /// Weight of `‖V - I‖²` in the loss, 0 ... 1000: V begins near the identity
    /// and is held there, as in the paper; AdapterHub's library has 0.01.
    public var regularization: Double

    public init(adapters: [Adapter], layers: Set<Int>, model: String, regularization: Double = 0.01) {
        self.adapters = adapters
        self.layers = layers
        self.model = model
        self.regularization = regularization
    }

    /// Where the adapters stand.
    public var site: Bottleneck.Placement { adapters.first?.bottleneck.site ?? .pfeiffer }

    /// Those that have a width in a block, with it.
    package func present(in layer: Int) -> [(adapter: Adapter, width: Int)] {
        guard layers.contains(layer) else { return [] }
        return adapters.compactMap { adapter in
            let width = adapter.bottleneck.widths[layer, default: 0]
            return width > 0 ? (adapter, width) : nil
        }
    }
}

extension AdapterFusion: NamingLayers {
    package static let name = "fusion"
    package static let summary = """
        Combines trained adapters of finished trials, token by token (AdapterFusion, arXiv 2005.00247); \
        `peftsearch fuse` writes it, and no space has it.
        """
    /// The paper's, section 4.2.
    package static let typicalLearningRate = 5e-5

    package static let settings: [Setting<AdapterFusion>] = [
        .number(
            "regularization", \.regularization, in: 0...1000,
            "Weight of the squared distance of each V from the identity.")
    ]

    package init() { self.init(adapters: [], layers: [], model: "") }

    /// None: what a space would combine must have been trained before.
    package static func places(in shape: ModelShape) -> [Parameter.Place] { [] }

    package var isEmpty: Bool { layers.isEmpty }
    package var position: String { "fusion at \(site.rawValue)" }
    package var order: Int { Bottleneck.Placement.allCases.firstIndex(of: site)! }

    package var namedLayers: [Int] {
        Array(layers) + adapters.flatMap { adapter in adapter.bottleneck.namedLayers }
    }

    package var lowestLayer: Int? { layers.min() }

    package func addedParameters(in shape: ModelShape) -> Int {
        layers.count * (3 * shape.hidden * shape.hidden + 2 * shape.hidden)
    }

    package func trainsAttentionOutput(in layer: Int) -> Bool {
        site == .serialAttention && layers.contains(layer)
    }

    /// What is read, and of each adapter its output and its key.
    package func keptInputs(in layer: Int) -> Int {
        let count = present(in: layer).count
        return count > 0 ? 2 * count + 2 : 0
    }

    /// The adapters, whose weights get no gradient; Q and V once, K for each.
    package func products(in layer: Int, of pass: PassCount) -> DirectedProducts {
        let present = present(in: layer)
        guard !present.isEmpty else { return DirectedProducts() }
        let rows = pass.rows(.feedForwardIn, layer)
        let adapters = present.reduce(0) { $0 + 4 * pass.hidden * Double($1.width) } * rows
        let maps = 2 * pass.hidden * pass.hidden * Double(present.count + 2) * rows
        return DirectedProducts(forward: adapters + maps, backward: adapters + 2 * maps)
    }
}
