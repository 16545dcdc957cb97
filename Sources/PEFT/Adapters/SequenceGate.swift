import Foundation
import LinearAlgebra

/// A factor in 0 ... 1 for each sequence, the mean over its tokens of
/// `σ(w·x + b)` (UniPELT, Mao et al. 2022, arXiv 2110.07577, section 3.2).
package final class SequenceGate {
    /// w, (1, in).
    private let weight: Parameter
    /// b, (1, 1).
    private let bias: Parameter

    var parameters: [Parameter] { [weight, bias] }

    struct Cache {
        fileprivate let input: Operand
        /// Of each sequence.
        let factors: [Float]
        /// Of each token: the slope of its sequence's factor by `w·x + b`.
        fileprivate let slopes: [Float]
        fileprivate let offsets: [Int]
    }

    init(weight: Parameter, bias: Parameter) {
        self.weight = weight
        self.bias = bias
    }

    /// - Precondition: x (T, in) has all rows of the pass's sequences.
    func forward(_ x: Operand, mode: ForwardMode) -> Cache {
        let offsets = mode.offsets
        precondition(x.rows == offsets.last, "a gate of \(x.rows) rows for \(offsets.last ?? 0) tokens")
        let products = mode.products
        let logits = products.product(x, products.operand(weight.value), transposing: .second)
        let shift = bias.value[0, 0]
        var slopes = logits.values.map { 1 / (1 + exp(-($0 + shift))) }
        var factors: [Float] = []
        for sequence in zip(offsets, offsets.dropFirst()).map({ $0..<$1 }) {
            let count = Float(max(sequence.count, 1))
            factors.append(Float(slopes[sequence].reduce(0.0) { $0 + Double($1) }) / count)
            for token in sequence { slopes[token] *= (1 - slopes[token]) / count }
        }
        return Cache(input: x, factors: factors, slopes: slopes, offsets: offsets)
    }

    /// Accumulates the gradients of w and b.
    /// - Parameters:
    ///   - dy: of what the factors made, (T, n).
    ///   - y: what they multiplied.
    /// - Returns: the gradient of x through the gate.
    func backward(
        _ dy: Matrix, of y: Matrix, cache: Cache, products: any ProductLibrary
    ) -> ProductTerm {
        let rows = dy.times(y).transposed().sumOfRows().values
        let dFactors = zip(cache.offsets, cache.offsets.dropFirst()).map { rows[$0..<$1].reduce(0, +) }
        return backward(dFactors, cache: cache, products: products)
    }

    /// The same from the gradient of each sequence's factor.
    func backward(_ dFactors: [Float], cache: Cache, products: any ProductLibrary) -> ProductTerm {
        let slopes = cache.apply(
            dFactors, to: Matrix(rows: cache.slopes.count, columns: 1, values: cache.slopes))
        let dLogits = products.operand(slopes)
        weight.accumulate(products.product(dLogits, cache.input, transposing: .first))
        bias.accumulate(slopes.sumOfRows())
        return ProductTerm(
            dLogits, PreparedFactor(weight.value, isTransposed: false, isFrozen: false, by: products))
    }
}

extension SequenceGate.Cache {
    /// Each row times the factor of its sequence.
    func apply(to rows: Matrix) -> Matrix { apply(factors, to: rows) }

    fileprivate func apply(_ factors: [Float], to rows: Matrix) -> Matrix {
        let lengths = zip(offsets, offsets.dropFirst()).map { $1 - $0 }
        let expanded = zip(factors, lengths).flatMap { [Float](repeating: $0, count: $1) }
        return rows.timesEachColumn(Matrix(row: expanded))
    }
}
