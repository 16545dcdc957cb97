package import LinearAlgebra

/// `y = W·x + b` with the one edit that every mergeable method reduces to:
///
///     W' = diag(a_out)·W·diag(a_in) + s·B·diag(e)·A      b' = a_out ⊙ b
///
/// W is (out, in), b (1, out). Without an edit it is the base's map. A trained
/// weight or bias (unfreezing, BitFit) is not an edit but a trainable
/// `Parameter`.
package final class AffineMap {
    let weight: Parameter
    let bias: Parameter
    package var edit = Edit()

    package struct Edit {
        /// a_in, (1, in).
        package var inputScale: Parameter?
        /// a_out, (1, out).
        package var outputScale: Parameter?
        package var lowRank: LowRankUpdate?
    }

    package struct Cache {
        let input: Matrix
        /// The base map's input, `a_in ⊙ x`.
        let scaledInput: Matrix
        /// The base map's output before `a_out`; nil without one.
        let unscaledOutput: Matrix?
        let lowRank: LowRankUpdate.Cache?
    }

    package init(weight: Parameter, bias: Parameter) {
        self.weight = weight
        self.bias = bias
    }

    /// x (T, in) to y (T, out).
    package func forward(_ x: Matrix, mode: ForwardMode) -> (y: Matrix, cache: Cache) {
        let scaledInput = edit.inputScale.map { x.timesEachRow($0.value) } ?? x
        var y = Matrix.repeating(row: bias.value, count: x.rows)
        y.addProduct(scaledInput, weight.value, transposing: .second)
        var unscaledOutput: Matrix?
        if let outputScale = edit.outputScale {
            unscaledOutput = y
            y = y.timesEachRow(outputScale.value)
        }
        let lowRank = edit.lowRank?.forward(x, addingTo: &y, mode: mode)
        return (
            y, Cache(input: x, scaledInput: scaledInput, unscaledOutput: unscaledOutput, lowRank: lowRank)
        )
    }

    /// Accumulates the gradients of its parameters.
    /// - Returns: the gradient of x, (T, in), or nil if it is not needed.
    package func backward(_ dy: Matrix, cache: Cache, needsInputGradient: Bool = true) -> Matrix? {
        var dBase = dy
        if let outputScale = edit.outputScale, let unscaled = cache.unscaledOutput {
            outputScale.accumulate(dy.times(unscaled).sumOfRows())
            dBase = dy.timesEachRow(outputScale.value)
        }
        weight.accumulate(.product(dBase, cache.scaledInput, transposing: .first))
        bias.accumulate(dBase.sumOfRows())
        var dx: Matrix?
        if needsInputGradient || edit.inputScale != nil {
            dx = Matrix.product(dBase, weight.value)
            if let inputScale = edit.inputScale {
                inputScale.accumulate(dx!.times(cache.input).sumOfRows())
                dx = dx!.timesEachRow(inputScale.value)
            }
        }
        if let lowRank = edit.lowRank, let cache = cache.lowRank {
            lowRank.backward(dy, addingTo: &dx, cache: cache)
        }
        return needsInputGradient ? dx : nil
    }

    /// The edit folded into a plain weight and bias.
    package func merged() -> (weight: Matrix, bias: Matrix) {
        var merged = weight.value
        var mergedBias = bias.value
        if let inputScale = edit.inputScale { merged = merged.timesEachRow(inputScale.value) }
        if let outputScale = edit.outputScale {
            merged = merged.transposed().timesEachRow(outputScale.value).transposed()
            mergedBias = mergedBias.times(outputScale.value)
        }
        if let lowRank = edit.lowRank { merged.add(lowRank.delta) }
        return (merged, mergedBias)
    }
}
