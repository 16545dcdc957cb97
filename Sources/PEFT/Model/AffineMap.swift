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

        var isEmpty: Bool { inputScale == nil && outputScale == nil && lowRank == nil }
    }

    package struct Cache {
        let input: Operand
        /// The base map's input, `a_in ⊙ x`.
        let scaledInput: Operand
        /// The base map's output before `a_out`; nil without one.
        let unscaledOutput: Matrix?
        let lowRank: LowRankUpdate.Cache?
    }

    package init(weight: Parameter, bias: Parameter) {
        self.weight = weight
        self.bias = bias
    }

    /// Whether anything in it trains.
    var isTrainable: Bool { weight.isTrainable || bias.isTrainable || !edit.isEmpty }

    /// x (T, in) to y (T, out).
    package func forward(_ x: Operand, mode: ForwardMode) -> (y: Matrix, cache: Cache) {
        let products = mode.products
        let scaledInput = edit.inputScale.map { products.operand(x.matrix.timesEachRow($0.value)) } ?? x
        var y = products.product(
            scaledInput, weight.factor(isTransposed: true, for: products), bias: bias.value)
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

    /// The same, rounded to what the next product reads.
    func forwardRounded(_ x: Operand, mode: ForwardMode) -> (y: Operand, cache: Cache) {
        guard edit.isEmpty else {
            let (y, cache) = forward(x, mode: mode)
            return (mode.products.operand(y), cache)
        }
        let y = mode.products.roundedProduct(
            x, weight.factor(isTransposed: true, for: mode.products), bias: bias.value)
        return (y, Cache(input: x, scaledInput: x, unscaledOutput: nil, lowRank: nil))
    }

    /// Accumulates the gradients of its parameters.
    /// - Returns: the gradient of x, (T, in), or nil if it is not needed.
    package func backward(
        _ dy: Operand, cache: Cache, products: any ProductLibrary, needsInputGradient: Bool = true
    ) -> Matrix? {
        let dBase = accumulate(dy, cache, products)
        var dx: Matrix?
        if needsInputGradient || edit.inputScale != nil {
            dx = products.product(dBase, weight.factor(isTransposed: false, for: products))
            if let inputScale = edit.inputScale {
                inputScale.accumulate(dx!.times(cache.input.matrix).sumOfRows())
                dx = dx!.timesEachRow(inputScale.value)
            }
        }
        if let lowRank = edit.lowRank, let cache = cache.lowRank {
            lowRank.backward(dy, addingTo: &dx, cache: cache, products: products)
        }
        return needsInputGradient ? dx : nil
    }

    /// The same, with the gradient of x rounded to what the next product reads.
    func backwardRounded(_ dy: Operand, cache: Cache, products: any ProductLibrary) -> Operand {
        guard edit.isEmpty else {
            return products.operand(backward(dy, cache: cache, products: products)!)
        }
        let dBase = accumulate(dy, cache, products)
        return products.roundedProduct(dBase, weight.factor(isTransposed: false, for: products))
    }

    /// The gradients of a_out, W and b.
    /// - Returns: the gradient of the base map's output.
    private func accumulate(_ dy: Operand, _ cache: Cache, _ products: any ProductLibrary) -> Operand {
        var dBase = dy
        if let outputScale = edit.outputScale, let unscaled = cache.unscaledOutput {
            let exact = dy.matrix
            outputScale.accumulate(exact.times(unscaled).sumOfRows())
            dBase = products.operand(exact.timesEachRow(outputScale.value))
        }
        weight.accumulate(products.product(dBase, cache.scaledInput, transposing: .first))
        bias.accumulate(dBase.matrix.sumOfRows())
        return dBase
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
