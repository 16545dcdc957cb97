/// Matrix shard sharing (Kang and Yin 2024, arXiv 2409.15371): a trained block
/// reads the sum of the input's shards, `y += (Σ of x over shards of r)·D`.
public struct MiSS: Sendable, Hashable {
    /// Length of a shard by site, 1 ... 1024; the last may be shorter.
    public var ranks: [Site: Int]

    public init(ranks: [Site: Int]) { self.ranks = ranks }
}

extension MiSS: SizedBySite {
    package static let name = "miss"
    package static let summary = "One block shared by all shards of the input (arXiv 2409.15371)."

    package init() { self.init(ranks: [:]) }

    package func contradiction(in shape: ModelShape) -> String? {
        first(in: shape) { shard, size in shard > size.in }.map {
            "a shard of \($0.rank) at \($0.site) is longer than the map's input"
        }
    }

    package func addedParameters(in shape: ModelShape) -> Int {
        sum(in: shape) { rank, size in rank * size.out }
    }

    package func keepsInput(of site: Site) -> Bool { false }

    /// The sum of shards is computed as a product.
    package func products(in layer: Int, of pass: PassCount) -> DirectedProducts {
        sized(in: layer).reduce(into: DirectedProducts()) { sum, entry in
            sum = sum + pass.lowRank(entry.site, rank: entry.rank, training: .up)
        }
    }
}
