import Experiments
import LinearAlgebra

extension TrainedConfiguration {
    /// With the low-rank updates cut to a share of their total rank: of all
    /// updates' singular values together the largest stay (PARA, arXiv
    /// 2604.27796: one global threshold), each site's count brought to the next
    /// power of two, so that the result is a point of the usual spaces.
    ///
    /// DyLoRA's are cut to the first rows and columns, at which they were
    /// trained to work by themselves.
    /// - Parameters:
    ///   - share: in (0, 1).
    ///   - names: of the model's tensors.
    /// - Returns: nil where no update can be cut: there are none, they are of
    ///   rank 1, or their factors do not act alone (DoRA, gates, singular
    ///   starts).
    func truncatingRanks(to share: Double, names: TensorNames) -> TrainedConfiguration? {
        var result = self
        var isCut = false
        for (index, component) in configuration.components.enumerated() {
            guard let method = component.value as? LoRA, method.canBeCut,
                let factors = factors(of: method, names: names)
            else { continue }
            var cut = method
            cut.variant = method.variant == .rslora ? .rslora : .lora
            cut.ranks =
                method.variant == .dylora
                ? method.ranks.mapValues { max(1, Int((Double($0) * share).rounded(.up))) }
                : Self.ranks(of: factors.mapValues(\.values), share: share)
            guard cut.ranks != method.ranks else { continue }
            isCut = true
            for (site, factor) in factors {
                let name = names.map(site.projection, layer: site.layer)
                let (down, up) = ("\(name).lora_A.weight", "\(name).lora_B.weight")
                let rank = cut.ranks[site] ?? 0
                let scale = method.scale(ofRank: method.ranks[site]!) / cut.scale(ofRank: max(rank, 1))
                let pair = rank > 0 ? factor.cut(to: rank, scale: Float(scale)) : nil
                result.tensors[down] = pair?.down
                result.tensors[up] = pair?.up
            }
            result.configuration.components[index] = Component(cut)
        }
        guard isCut else { return nil }
        result.configuration.components.removeAll(where: \.value.isEmpty)
        return result
    }

    private func factors(of method: LoRA, names: TensorNames) -> [Site: LowRankFactors]? {
        var factors: [Site: LowRankFactors] = [:]
        for site in method.ranks.keys {
            let name = names.map(site.projection, layer: site.layer)
            guard let down = tensors["\(name).lora_A.weight"], let up = tensors["\(name).lora_B.weight"],
                let factor = LowRankFactors(
                    down: down, up: up, isNested: method.variant == .dylora,
                    scale: Float(method.scale(ofRank: method.ranks[site]!)))
            else { return nil }
            factors[site] = factor
        }
        return factors
    }

    /// By site; 0 for none.
    private static func ranks(of values: [Site: [Float]], share: Double) -> [Site: Int] {
        let all = values.values.joined().sorted(by: >)
        let kept = max(1, Int((share * Double(all.count)).rounded()))
        guard kept < all.count else { return values.mapValues(\.count) }
        let threshold = all[kept - 1]
        return values.mapValues { values in
            let count = values.filter { $0 >= threshold && $0 > 0 }.count
            let next = sequence(first: 1) { 2 * $0 }.first { $0 >= count }!
            return count == 0 ? 0 : min(next, values.count)
        }.filter { $0.value > 0 }
    }
}

extension LoRA {
    /// Whether `s·B·A` is all that it adds, and both factors are known.
    fileprivate var canBeCut: Bool {
        !gate && start == .kaiming && (variant == .lora || variant == .rslora || variant == .dylora)
    }
}

/// An update `s·B·A` as something that can be cut to a lower rank.
private struct LowRankFactors {
    /// (r, in), the most important rows first.
    private let down: Matrix
    /// (out, r), likewise.
    private let up: Matrix
    /// What each row and column contribute: singular values of `s·B·A`.
    let values: [Float]

    /// - Parameter isNested: whether the first ones are the most important as
    ///   they are.
    /// - Returns: nil for factors that are not finite.
    init?(down: Matrix, up: Matrix, isNested: Bool, scale: Float) {
        guard !isNested else {
            self.down = down
            self.up = up
            values = [Float](repeating: 1, count: down.rows)
            return
        }
        // B·A = U_b·(Σ_b·V_b·U_a·Σ_a)·V_a: only small matrices are taken apart.
        guard let left = SingularValueDecomposition(of: up),
            let right = SingularValueDecomposition(of: down),
            let core = SingularValueDecomposition(
                of: .product(
                    left.right.timesEachColumn(left.values), right.left.timesEachRow(right.values)))
        else { return nil }
        let (start, end) = core.factors(0..<core.values.count)
        self.up = .product(left.left, start)
        self.down = .product(end, right.right)
        values = core.values.values.map { $0 * scale }
    }

    /// The first `rank` of both, B times `scale`.
    func cut(to rank: Int, scale: Float) -> (down: Matrix, up: Matrix) {
        (down.firstRows(rank), up.firstColumns(rank).map { $0 * scale })
    }
}
