import LinearAlgebra

/// DoRA's m, (1, out): a map's rows are scaled to these lengths (Liu et al.
/// 2024, arXiv 2402.09353).
package final class RowMagnitude {
    let parameter: Parameter
    private var kept: (revisions: [Parameter.Revision], lengths: Matrix)?

    package init(_ parameter: Parameter) { self.parameter = parameter }

    /// The lengths of the rows of the map's weight with its updates, (1, out),
    /// computed anew when one of them has changed.
    func lengths(of weight: Parameter, with updates: [LowRankUpdate]) -> Matrix {
        let revisions = ([weight] + updates.flatMap { [$0.down, $0.up] }).map(\.revision)
        if let kept, kept.revisions == revisions { return kept.lengths }
        let lengths = updates.reduce(into: weight.value) { $0.add($1.delta) }.rowLengths()
        kept = (revisions, lengths)
        return lengths
    }
}
