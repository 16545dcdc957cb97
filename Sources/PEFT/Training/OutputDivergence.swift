import Foundation
package import LinearAlgebra

/// How far the outputs of two passes over the same examples are apart, with
/// the gradient of that by either.
package struct OutputDivergence {
    package let value: Double
    package let first: Matrix
    package let second: Matrix
}

extension OutputDivergence {
    static func ofNumbers(_ first: Matrix, _ second: Matrix) -> OutputDivergence {
        let share = 1 / Float(max(first.rows, 1))
        let apart = first.map(with: second) { $0 - $1 }
        return OutputDivergence(
            value: apart.sumOfSquares() / Double(max(2 * first.rows, 1)),
            first: apart.map { share * $0 }, second: apart.map { -share * $0 })
    }

    static func ofClasses(_ first: Matrix, _ second: Matrix) -> OutputDivergence {
        let columns = first.columns
        let share = 1 / Double(max(first.rows, 1))
        var value = 0.0
        var gradients: (first: [Float], second: [Float]) = ([], [])
        for row in 0..<first.rows {
            let a = logProbabilities(first.values[row * columns..<(row + 1) * columns])
            let b = logProbabilities(second.values[row * columns..<(row + 1) * columns])
            let (ofA, ofB) = (divergence(a, from: b), divergence(b, from: a))
            value += share * (ofA + ofB) / 2
            gradients.first += slopes(a, b, ofA).map { Float(share * $0) }
            gradients.second += slopes(b, a, ofB).map { Float(share * $0) }
        }
        return OutputDivergence(
            value: value, first: Matrix(rows: first.rows, columns: columns, values: gradients.first),
            second: Matrix(rows: first.rows, columns: columns, values: gradients.second))
    }

    private static func logProbabilities(_ logits: ArraySlice<Float>) -> [Double] {
        let largest = Double(logits.max() ?? 0)
        let sum = logits.reduce(0) { $0 + exp(Double($1) - largest) }
        return logits.map { Double($0) - largest - log(sum) }
    }

    /// KL(p‖q) of logarithms.
    private static func divergence(_ p: [Double], from q: [Double]) -> Double {
        zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    }

    /// Of `(KL(p‖q) + KL(q‖p))/2` by the logits of p: the first term's is
    /// `p ⊙ (log p - log q - KL(p‖q))`, the second's `p - q`.
    private static func slopes(_ p: [Double], _ q: [Double], _ divergence: Double) -> [Double] {
        zip(p, q).map { (exp($0) * ($0 - $1 - divergence) + exp($0) - exp($1)) / 2 }
    }
}
