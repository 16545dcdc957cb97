/// Hadamard high-rank adaptation, `W' = W + W ⊙ (B·A)` (Huang et al., ICLR
/// 2025): a low-rank pattern of relative changes.
public struct HiRA: Sendable, Hashable {
    /// Rank by site, 1 ... 1024.
    public var ranks: [Site: Int]

    public init(ranks: [Site: Int]) { self.ranks = ranks }
}

extension HiRA: SizedBySite {
    package static let name = "hira"
    package static let summary = "Weights times a trained low-rank pattern (Huang et al., ICLR 2025)."
    package static let typicalLearningRate = 1e-2

    package init() { self.init(ranks: [:]) }

    package func addedParameters(in shape: ModelShape) -> Int {
        sum(in: shape) { rank, size in rank * (size.in + size.out) }
    }

    package func products(in layer: Int, of pass: PassCount) -> DirectedProducts {
        sized(in: layer).reduce(into: DirectedProducts()) { sum, entry in
            sum = sum + pass.denseUpdate(of: entry.site.projection, layer, rank: entry.rank)
        }
    }
}
