package import LinearAlgebra

extension Targets {
    /// The mean over the compared rows of `(KL(p‖q) + KL(q‖p))/2`: p and q are
    /// the classes' probabilities, or, of numbers, normal distributions of
    /// deviation 1 around them.
    package func divergence(_ first: Matrix, _ second: Matrix, offsets: [Int]) -> OutputDivergence {
        switch self {
        case .labels: return .ofClasses(first, second)
        case .values: return .ofNumbers(first, second)
        case .tags(let tags):
            let rows = tags.rows(offsets)
            let compared = OutputDivergence.ofClasses(first.gatherRows(rows), second.gatherRows(rows))
            func whole(_ gradient: Matrix) -> Matrix {
                var whole = Matrix(rows: first.rows, columns: first.columns)
                whole.scatterAddRows(gradient, at: rows)
                return whole
            }
            return OutputDivergence(
                value: compared.value, first: whole(compared.first), second: whole(compared.second))
        }
    }
}
