/// Low-rank updates `s·B·diag(e)·A` whose ranks are pruned while they train
/// (Zhang et al. 2023, arXiv 2303.10512): a budget over all sites falls from
/// the initial ranks to the target, and what matters least of all triplets
/// goes. A and B are kept near orthogonal by a penalty.
public struct AdaLoRA: Sendable, Hashable {
    /// Initial rank by site, 1 ... 1024.
    public var ranks: [Site: Int]
    /// `alpha / r` at the initial rank, in (0, 1000]; what is pruned leaves it.
    public var alphaOverRank: Double
    public var dropout: Double
    /// The share of the initial ranks that is left in the end, in (0, 1].
    public var targetShare: Double
    /// The share of the steps before the budget falls, 0 ... 1.
    public var warmup: Double
    /// The share of the steps after it has fallen, 0 ... 1.
    public var settling: Double
    /// Steps from one allocation to the next, 1 ... 10⁶.
    public var interval: Int
    /// Weight of the orthogonality penalty, 0 ... 10.
    public var orthogonality: Double

    public init(
        ranks: [Site: Int], alphaOverRank: Double = 1, dropout: Double = 0, targetShare: Double = 0.5,
        warmup: Double = 0.1, settling: Double = 0.3, interval: Int = 1, orthogonality: Double = 0.5
    ) {
        self.ranks = ranks
        self.alphaOverRank = alphaOverRank
        self.dropout = dropout
        self.targetShare = targetShare
        self.warmup = warmup
        self.settling = settling
        self.interval = interval
        self.orthogonality = orthogonality
    }
}

extension AdaLoRA: SizedBySite {
    package static let name = "adalora"
    package static let summary = "Low-rank updates that share a falling budget of ranks (arXiv 2303.10512)."

    package static let settings: [Setting<AdaLoRA>] = [
        .number(
            "alpha_over_rank", \.alphaOverRank, in: 0...1000, above: true, searched: .levels([0.5, 1, 2, 4]),
            "alpha / r at the initial rank."),
        .number("dropout", \.dropout, in: 0...0.99, "Dropout of the update's input."),
        .number(
            "target_share", \.targetShare, in: 0...1, above: true, searched: .levels([0.25, 0.5, 0.75]),
            "The share of the initial ranks that is left in the end."),
        .number("warmup", \.warmup, in: 0...1, "The share of the steps before the budget falls."),
        .number("settling", \.settling, in: 0...1, "The share of the steps after it has fallen."),
        .integer("interval", \.interval, in: 1...1_000_000, "Steps from one allocation to the next."),
        .number(
            "orthogonality", \.orthogonality, in: 0...10, searched: .levels([0.1, 0.5]),
            "Weight of the penalty that keeps A and B near orthogonal."),
    ]

    package init() { self.init(ranks: [:]) }

    package func contradiction(in shape: ModelShape) -> String? {
        warmup + settling < 1 || isEmpty
            ? nil : "adalora.warmup and adalora.settling leave no steps in which the budget falls"
    }

    package func addedParameters(in shape: ModelShape) -> Int {
        sum(in: shape) { rank, size in rank * (size.in + size.out + 1) }
    }

    package func products(in layer: Int, of pass: PassCount) -> DirectedProducts {
        sized(in: layer).reduce(into: DirectedProducts()) { sum, entry in
            sum = sum + pass.lowRank(entry.site, rank: entry.rank)
            let (input, output) = pass.sides(of: entry.site.projection)
            let rank = Double(entry.rank)
            // The penalty: two products and their way back, once a step.
            sum.backward += 8 * rank * rank * (input + output) * pass.stepsPerExample
        }
    }

    package func droppedElements(in layer: Int, of pass: PassCount) -> Double {
        dropout > 0 ? inputElements(in: layer, of: pass) : 0
    }
}
