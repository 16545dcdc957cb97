/// Vector-based random matrix adaptation, `W' = W + diag(b)·B·diag(d)·A` (Kopiczko
/// et al. 2023, arXiv 2310.11454): A and B are drawn once and shared by all
/// sites, each of which trains two vectors.
public struct VeRA: Sendable, Hashable {
    public var sites: Set<Site>
    /// Rows of A, 1 ... 4096.
    public var rank: Int
    /// Where d starts, in (0, 10]; b starts at 0.
    public var initialDiagonal: Double

    public init(sites: Set<Site>, rank: Int = 256, initialDiagonal: Double = 0.1) {
        self.sites = sites
        self.rank = rank
        self.initialDiagonal = initialDiagonal
    }
}

extension VeRA: SelectedBySite {
    package static let name = "vera"
    package static let summary = "Two trained vectors a site around shared random factors (arXiv 2310.11454)."
    package static let typicalLearningRate = 5e-3

    package static let settings: [Setting<VeRA>] = [
        .integer(
            "rank", \.rank, in: 1...4096, searched: .levels([64, 128, 256, 512]),
            "Rows of the shared random factors."),
        .number(
            "initial_diagonal", \.initialDiagonal, in: 0...10, above: true,
            searched: .levels([0.001, 0.01, 0.1, 1]), "Where the vector between the factors starts."),
    ]

    package init() { self.init(sites: []) }

    package func addedParameters(in shape: ModelShape) -> Int {
        sites.reduce(0) { $0 + shape.size(of: $1.projection).out + rank }
    }

    package func keepsInput(of site: Site) -> Bool { false }

    package func products(in layer: Int, of pass: PassCount) -> DirectedProducts {
        sites(in: layer).reduce(into: DirectedProducts()) { sum, site in
            sum = sum + pass.lowRank(site, rank: rank, training: .up)
        }
    }
}
