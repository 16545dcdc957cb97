import LinearAlgebra

/// DoRA's m, (1, out): a map's rows are scaled to these lengths (Liu et al.
/// 2024, arXiv 2402.09353).
package final class RowMagnitude {
    let parameter: Parameter
    private var kept: (versions: [Int], lengths: Matrix)?

    package init(_ parameter: Parameter) { self.parameter = parameter }

    /// The lengths of the rows of the map's weight with its updates, (1, out),
    /// computed anew when one of them has changed.
    func lengths(of weight: Parameter, with updates: [LowRankUpdate]) -> Matrix {
        let versions = [weight.version] + updates.flatMap { [$0.down.version, $0.up.version] }
        if let kept, kept.versions == versions { return kept.lengths }
        let lengths = updates.reduce(into: weight.value) { $0.add($1.delta) }.rowLengths()
        kept = (versions, lengths)
        return lengths
    }
}
