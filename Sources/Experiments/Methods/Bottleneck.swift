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
        /// Reads the block's normalised output, adds before that norm, which
        /// then acts again: `LN(z + x + a(LN(z + x)))` (Pfeiffer et al. 2021,
        /// arXiv 2005.00247, as AdapterHub's `seq_bn`).
        case pfeiffer
    }

    public enum Activation: String, Sendable, Hashable, CaseIterable {
        case relu, gelu
    }

    /// What the weights of D and U are made of.
    public enum Form: String, Sendable, Hashable, CaseIterable {
        /// Of their own numbers.
        case dense
        /// Each a sum of n Kronecker products with matrices of rank 1,
        /// `Σ R_i ⊗ (s_i·t_iᵀ)`; the small R (n, n, n) is one for all adapters
        /// of the model (Compacter, Karimi Mahabadi et al. 2021,
        /// arXiv 2106.04647). n divides the hidden size and every width.
        case phm
        /// Generated with the biases by one linear map from a trained vector
        /// of each adapter (Hyperformer, Karimi Mahabadi et al. 2021,
        /// arXiv 2106.04489, here for the one task there is). The map is shared
        /// by all layers and sites, so what they have in common is learned
        /// once: it pays where the vector has fewer numbers than there are
        /// adapters. A narrow adapter is the first rows of the widest.
        case hypernetwork
    }

    public var site: Placement
    /// Width by layer, 1 ... 4096.
    public var widths: [Int: Int]
    public var activation: Activation
    /// In (0, 1000].
    public var scale: Double
    public var form: Form
    /// n of `Form.phm`, 1 ... 64.
    public var phmDimension: Int
    /// Numbers of an adapter's vector in `Form.hypernetwork`, 1 ... 256.
    public var embeddingSize: Int
    /// In every training step the adapters of the lowest k blocks are left
    /// out, k drawn from 0 to this, 0 ... 10⁴: training that is robust to their
    /// absence (AdapterDrop, Rücklé et al. 2021, arXiv 2010.11918). Evaluated is
    /// with all of them; what shall be absent then has a width of 0.
    public var droppedLayers: Int
    /// Of D and of U with their biases, 1 ... 64: in every training step each
    /// adapter computes with a drawn copy of either, and in the end with the
    /// mean of all (AdaMix, Wang et al. 2022, arXiv 2205.12410). They begin
    /// alike, or their mean would be no adapter.
    public var copies: Int
    /// Weight of AdaMix's second loss, 0 ... 100: every step has a second pass
    /// with other copies, and half the sum of both divergences between the
    /// outputs is added to the first's loss. 0 makes one pass.
    public var consistency: Double
    /// Whether the output is multiplied by a factor for each sequence: the mean
    /// over its tokens of `σ(w·x + b)`, of the adapter's input (UniPELT, Mao et
    /// al. 2022, arXiv 2110.07577).
    public var gate: Bool

    public init(
        site: Placement, widths: [Int: Int], activation: Activation = .relu, scale: Double = 1,
        form: Form = .dense, phmDimension: Int = 4, embeddingSize: Int = 4, droppedLayers: Int = 0,
        copies: Int = 1, consistency: Double = 0, gate: Bool = false
    ) {
        self.consistency = consistency
        self.site = site
        self.widths = widths
        self.activation = activation
        self.scale = scale
        self.form = form
        self.phmDimension = phmDimension
        self.embeddingSize = embeddingSize
        self.droppedLayers = droppedLayers
        self.copies = copies
        self.gate = gate
    }
}

extension Bottleneck: AdaptationMethod {
    package static let name = "bottleneck"
    package static let summary = """
        Bottleneck adapters at four sites: serial (arXiv 1902.00751, 2005.00247), parallel (arXiv 2110.04366); \
        dense, as Compacter's (arXiv 2106.04647) or generated (arXiv 2106.04489).
        """
    package static let sizeName = "width"
    package static let largestSize = 4096
    package static let searchedSizes = [0, 4, 8, 16, 32, 64]

    package static let settings: [Setting<Bottleneck>] = [
        .number(
            "scale", \.scale, in: 0...1000, above: true, searched: .levels([0.5, 1, 2, 4]),
            "What the adapter's output is multiplied by."),
        .choice("activation", \.activation, "The nonlinearity between the two maps."),
        .choice(
            "form", \.form, isAlwaysWritten: false,
            """
            dense: weights of their own; phm: sums of Kronecker products that share a factor; hypernetwork: \
            generated from a small vector of each adapter.
            """),
        .integer(
            "phm_dimension", \.phmDimension, in: 1...64, isAlwaysWritten: false,
            "How many Kronecker products make a weight of form phm."),
        .integer(
            "embedding_size", \.embeddingSize, in: 1...256, isAlwaysWritten: false,
            "Numbers of the vector from which form hypernetwork generates an adapter."),
        .integer(
            "dropped_layers", \.droppedLayers, in: 0...10_000, isAlwaysWritten: false,
            "Of how many lowest blocks a training step leaves out the adapters at most (arXiv 2010.11918)."),
        .integer(
            "copies", \.copies, in: 1...64, isAlwaysWritten: false,
            "Of each map, one drawn for each training step, averaged in the end (arXiv 2205.12410)."),
        .number(
            "consistency", \.consistency, in: 0...100, isAlwaysWritten: false,
            "Weight of the divergence between two passes with other copies, AdaMix's second loss; 0 is one pass."
        ),
        .flag(
            "gate", \.gate, isAlwaysWritten: false,
            "Whether a factor for each sequence weighs the output (arXiv 2110.07577)."),
    ]

    package init() { self.init(site: .parallelFeedForward, widths: [:]) }

    package static func places(in shape: ModelShape) -> [Parameter.Place] {
        Placement.allCases.flatMap { site in (0..<shape.layers).map { place(site, $0) } }
    }

    package static func parameterName(of place: Parameter.Place) -> String {
        place.layer.map { "\(place.part).\($0)" } ?? place.part
    }

    package static func groupName(of place: Parameter.Place) -> String { "\(place.part).width" }

    private static func place(_ site: Placement, _ layer: Int) -> Parameter.Place {
        Parameter.Place(component: name, layer: layer, part: site.rawValue)
    }

    package var sizes: [Parameter.Place: Int] {
        get {
            Dictionary(
                uniqueKeysWithValues: widths.filter { $0.value > 0 }.map { (Self.place(site, $0), $1) })
        }
        set {
            widths = [:]
            for (place, width) in newValue { if let layer = place.layer { widths[layer] = width } }
        }
    }

    package var prototype: Bottleneck {
        var prototype = self
        prototype.site = .parallelFeedForward
        prototype.widths = [:]
        return prototype
    }

    package static func components(
        of sizes: [Parameter.Place: Int], like prototype: Bottleneck
    ) -> [Bottleneck] {
        Placement.allCases.compactMap { site in
            var adapter = prototype
            adapter.site = site
            adapter.sizes = sizes.filter { $0.key.part == site.rawValue }
            return adapter.widths.isEmpty ? nil : adapter
        }
    }

    package init(sizes reader: inout JSONObjectReader) throws(InputError) {
        let widths = try reader.layerSizes("widths", upTo: Self.largestSize)
        self.init(site: try reader.choice("site"), widths: widths)
    }

    package var sizesJSON: [String: JSON] { ["site": .string(site.rawValue), "widths": .sizes(widths)] }
    package var position: String { "bottleneck at \(site.rawValue)" }
    package static let standsRepeatedly = true
    package var title: String { site.rawValue }
    package var order: Int { Placement.allCases.firstIndex(of: site)! }
    package var namedLayers: [Int] { Array(widths.keys) }

    package func conflict(with other: any AdaptationMethod) -> String? {
        guard consistency > 0, let other = other as? Bottleneck, other.consistency > 0,
            other.consistency != consistency
        else { return nil }
        return "there is one comparison of two passes, and bottleneck.consistency weighs it differently"
    }

    package var trainingPasses: Int { consistency > 0 ? 2 : 1 }

    package var contradiction: String? {
        guard consistency == 0 || copies > 1 || isEmpty else {
            return "bottleneck.consistency compares passes with other copies, and bottleneck.copies is 1"
        }
        guard form == .phm else { return nil }
        return widths.sorted { $0.key < $1.key }.first { !$0.value.isMultiple(of: phmDimension) }.map {
            "\(position) of form phm is \($0.value) wide in layer \($0.key), which \(phmDimension) does not divide"
        }
    }

    package func contradiction(in shape: ModelShape) -> String? {
        guard !isEmpty else { return nil }
        if form == .phm, !shape.hidden.isMultiple(of: phmDimension) {
            return "\(position) of form phm needs a hidden size that \(phmDimension) divides: "
                + "the model's is \(shape.hidden)"
        }
        guard droppedLayers > shape.layers else { return nil }
        return "\(position) drops up to \(droppedLayers) layers of a model that has \(shape.layers)"
    }

    package func addedParameters(in shape: ModelShape) -> Int {
        widths.values.filter { $0 > 0 }.reduce(0) { sum, width in
            let own =
                switch form {
                case .dense: Self.numbers(width: width, hidden: shape.hidden)
                case .phm: 3 * (shape.hidden + width)
                case .hypernetwork: embeddingSize
                }
            return sum + copies * own + (gate ? shape.hidden + 1 : 0)
        }
    }

    package func sharedParameters(in shape: ModelShape) -> [String: Int] {
        guard let widest = widths.values.max(), widest > 0 else { return [:] }
        switch form {
        case .dense: return [:]
        case .phm: return [sharedName: phmDimension * phmDimension * phmDimension]
        case .hypernetwork:
            return [sharedName: embeddingSize * Self.numbers(width: widest, hidden: shape.hidden)]
        }
    }

    /// Of what makes the weights: adapters of one form and size of it share
    /// that, whatever their sites.
    package var sharedName: String {
        switch form {
        case .dense, .phm: "bottleneck.phm_rule_\(phmDimension)"
        case .hypernetwork: "bottleneck.hypernetwork_\(embeddingSize)"
        }
    }

    /// In both weights and both biases.
    private static func numbers(width: Int, hidden: Int) -> Int { 2 * hidden * width + width + hidden }

    package func keptInputs(in layer: Int) -> Int { width(in: layer) > 0 ? (gate ? 2 : 1) : 0 }

    package func readsWholeSequences(in layer: Int) -> Bool { gate && width(in: layer) > 0 }

    package func trainsAttentionOutput(in layer: Int) -> Bool {
        site == .serialAttention && width(in: layer) > 0
    }

    package func products(in layer: Int, of pass: PassCount) -> DirectedProducts {
        let width = width(in: layer)
        guard width > 0 else { return DirectedProducts() }
        let gating = gate ? 2 * pass.hidden : 0
        let unit = (4 * pass.hidden * Double(width) + gating) * pass.rows(.feedForwardIn, layer)
        let making = makingWeights(ofWidth: width, hidden: pass.shape.hidden) * pass.stepsPerExample
        let passing = pass.split == .training ? shareOfSteps(in: layer) : 1
        return DirectedProducts(
            forward: passing * unit + Double(copies) * making,
            backward: 2 * passing * (unit + Double(trainingPasses) * making))
    }

    /// In which the adapter of a layer is not left out, on average.
    private func shareOfSteps(in layer: Int) -> Double {
        Double(min(layer, droppedLayers) + 1) / Double(droppedLayers + 1)
    }

    /// Operations that make the weights of an adapter, once a step.
    private func makingWeights(ofWidth width: Int, hidden: Int) -> Double {
        switch form {
        case .dense: 0
        case .phm: 4 * Double(phmDimension) * Double(hidden) * Double(width)
        case .hypernetwork: 2 * Double(embeddingSize) * Double(Self.numbers(width: width, hidden: hidden))
        }
    }

    private func width(in layer: Int) -> Int { widths[layer, default: 0] }
}
