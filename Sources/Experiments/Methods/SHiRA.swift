/// Sparse high-rank adaptation (Bhardwaj et al. 2024, arXiv 2406.13175): trains
/// some entries of a weight, drawn once.
public struct SHiRA: Sendable, Hashable {
    /// By site, 1 ... 1024: as many entries train as a low-rank update of that
    /// rank has numbers.
    public var ranks: [Site: Int]

    public init(ranks: [Site: Int]) { self.ranks = ranks }
}

extension SHiRA: SizedBySite {
    package static let name = "shira"
    package static let summary = "A drawn subset of a weight's entries (arXiv 2406.13175)."

    package init() { self.init(ranks: [:]) }

    /// Entries of a site.
    package static func entries(rank: Int, of size: (out: Int, in: Int)) -> Int {
        rank * (size.in + size.out)
    }

    package func contradiction(in shape: ModelShape) -> String? {
        first(in: shape) { rank, size in Self.entries(rank: rank, of: size) > size.in * size.out }
            .map { "rank \($0.rank) at \($0.site) has more entries than the weight" }
    }

    package func addedParameters(in shape: ModelShape) -> Int {
        sum(in: shape) { rank, size in Self.entries(rank: rank, of: size) }
    }

    package func products(in layer: Int, of pass: PassCount) -> DirectedProducts {
        sized(in: layer).reduce(into: DirectedProducts()) { sum, entry in
            sum = sum + pass.denseUpdate(of: entry.site.projection, layer, rank: 0)
        }
    }
}
