/// Low-rank adaptation, `W' = W + s·B·A` (Hu et al. 2021, arXiv 2106.09685),
/// with a rank of its own per layer and projection, and the variants that stay
/// a pair of factors on disk.
public struct LoRA: Sendable, Hashable {
    /// What is scaled, and what trains.
    public enum Variant: String, Sendable, Hashable, CaseIterable {
        /// `s = alpha/r`.
        case lora
        /// `s = alpha/√r` (Kalajdzievski 2023, arXiv 2312.03732).
        case rslora
        /// A stays as it was drawn (Zhang et al. 2023, arXiv 2308.03303), which
        /// keeps no input for its way back.
        case loraFA = "lora_fa"
        /// `W' = m ⊙ (W + s·B·A)/‖W + s·B·A‖` by rows (Liu et al. 2024,
        /// arXiv 2402.09353), the norm a constant on the way back.
        case dora
        /// Every rank up to r works by itself (DyLoRA, Valipour et al. 2022,
        /// arXiv 2210.07558): each step trains the first b, drawn.
        case dylora
    }

    /// How A and B start.
    public enum Start: String, Sendable, Hashable, CaseIterable {
        /// A uniform in ±1/√in, B at 0.
        case kaiming
        /// As the largest singular triplets of W, which leave the frozen part
        /// (PiSSA, Meng et al. 2024, arXiv 2404.02948).
        case pissa
        /// As the smallest singular triplets, likewise (MiLoRA, Wang et al.
        /// 2024, arXiv 2406.09044).
        case milora
    }

    /// Rank by site, 1 ... 1024.
    public var ranks: [Site: Int]
    /// `alpha / r`, in (0, 1000]; the same for every site, so that a rank can
    /// change without changing the step size.
    public var alphaOverRank: Double
    /// Dropout of the adapter's input, 0 ..< 1.
    public var dropout: Double
    public var variant: Variant
    /// What the learning rate of B is of that of A, in (0, 1000]: LoRA+ (Hayou
    /// et al. 2024, arXiv 2402.12354) wants about 16.
    public var learningRateRatio: Double
    public var start: Start
    /// Whether a factor for each sequence takes the place of `s`: the mean over
    /// its tokens of `σ(w·x + b)`, of the map's input (UniPELT, Mao et al. 2022,
    /// arXiv 2110.07577). Such updates cannot be merged.
    public var gate: Bool

    public init(
        ranks: [Site: Int], alphaOverRank: Double = 1, dropout: Double = 0, variant: Variant = .lora,
        learningRateRatio: Double = 1, start: Start = .kaiming, gate: Bool = false
    ) {
        self.gate = gate
        self.start = start
        self.ranks = ranks
        self.alphaOverRank = alphaOverRank
        self.dropout = dropout
        self.variant = variant
        self.learningRateRatio = learningRateRatio
    }

    /// What `B·A` is multiplied by at a rank.
    public func scale(ofRank rank: Int) -> Double {
        variant == .rslora ? alphaOverRank * Double(rank).squareRoot() : alphaOverRank
    }
}

extension LoRA: SizedBySite {
    package static let name = "lora"
    package static let summary = "Low-rank updates of weights (arXiv 2106.09685) and their variants."

    package static let settings: [Setting<LoRA>] = [
        .number(
            "alpha_over_rank", \.alphaOverRank, in: 0...1000, above: true, searched: .levels([0.5, 1, 2, 4]),
            "alpha / r: how strongly an update acts, whatever its rank."),
        .number(
            "dropout", \.dropout, in: 0...0.99, searched: .levels([0, 0.05, 0.1]),
            "Dropout of the update's input; the base sees all of it."),
        .choice(
            "variant", \.variant, isAlwaysWritten: false,
            """
            lora; rslora scales by alpha/√r (arXiv 2312.03732); lora_fa trains B alone (arXiv 2308.03303); \
            dora trains the norm of each row apart from its direction (arXiv 2402.09353); \
            dylora trains all ranks up to r at once (arXiv 2210.07558).
            """),
        .number(
            "learning_rate_ratio", \.learningRateRatio, in: 0...1000, above: true, isAlwaysWritten: false,
            "The learning rate of B over that of A: LoRA+ (arXiv 2402.12354) wants about 16."),
        .choice(
            "start", \.start, isAlwaysWritten: false,
            """
            kaiming; pissa begins with the largest singular triplets of the weight (arXiv 2404.02948), \
            milora with the smallest (arXiv 2406.09044).
            """),
        .flag(
            "gate", \.gate, isAlwaysWritten: false,
            "Whether a factor for each sequence takes the place of the scale (arXiv 2110.07577)."),
    ]

    package init() { self.init(ranks: [:]) }

    package static let standsRepeatedly = true
    package var title: String { variant.rawValue }

    package func conflict(with other: any AdaptationMethod) -> String? {
        guard variant == .dora else { return nil }
        let shared = ranks.keys.filter { edits($0) && other.edits($0) }.sorted()
        return shared.first.map {
            "dora rescales all of \($0), which \(type(of: other).name) edits too"
        }
    }

    package var contradiction: String? {
        guard gate, !isEmpty else { return nil }
        if variant == .rslora || variant == .dora {
            return "lora.gate takes the place of the scale, which makes no \(variant.rawValue)"
        }
        return start == .kaiming
            ? nil : "lora.gate scales the update, but not what \(start.rawValue) takes out of the weight"
    }

    package func contradiction(in shape: ModelShape) -> String? {
        guard start != .kaiming else { return nil }
        if variant == .dylora {
            return "dylora needs factors that begin at 0, and \(start.rawValue) begins in the weight"
        }
        return first(in: shape) { rank, size in rank > min(size.in, size.out) }
            .map { "\(start.rawValue) at \($0.site) has no \($0.rank) singular values" }
    }

    package func addedParameters(in shape: ModelShape) -> Int {
        sum(in: shape) { rank, size in
            rank * size.out + (variant == .loraFA ? 0 : rank * size.in) + (variant == .dora ? size.out : 0)
                + (gate ? size.in + 1 : 0)
        }
    }

    package func keepsInput(of site: Site) -> Bool { edits(site) && (variant != .loraFA || gate) }

    package func readsWholeSequences(in layer: Int) -> Bool {
        gate && sized(in: layer).contains { $0.site.projection != .key && $0.site.projection != .value }
    }

    package func products(in layer: Int, of pass: PassCount) -> DirectedProducts {
        sized(in: layer).reduce(into: DirectedProducts()) { sum, entry in
            let (site, rank) = entry
            sum = sum + pass.lowRank(site, rank: rank, training: variant == .loraFA ? .up : .both)
            // What the start took out of the weight is one more update.
            if start != .kaiming { sum = sum + pass.lowRank(site, rank: rank, training: .neither) }
            if gate { sum = sum + pass.gate(of: site) }
            // The norm of every row, once a step.
            if variant == .dora {
                let (input, output) = pass.sides(of: site.projection)
                sum.forward += 2 * Double(rank) * input * output * pass.stepsPerExample
            }
        }
    }

    package func droppedElements(in layer: Int, of pass: PassCount) -> Double {
        dropout > 0 ? inputElements(in: layer, of: pass) : 0
    }
}
