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
        /// Nil unless a_in trains.
        let input: Operand?
        /// The base map's input, `a_in ⊙ x`; nil unless W trains.
        let scaledInput: Operand?
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
        let (y, cache) = forward(x, as: .float32, mode: mode)
        return (y.matrix, cache)
    }

    /// The same in an element type, such as that in which the next product
    /// reads it.
    func forward(_ x: Operand, as type: ElementType, mode: ForwardMode) -> (y: Operand, cache: Cache) {
        let products = mode.products
        let scaledInput = edit.inputScale.map { products.operand(x.matrix.timesEachRow($0.value)) } ?? x
        let factor = weight.factor(isTransposed: true, for: products)
        let lowRank = edit.lowRank?.forward(x, mode: mode)
        var y: Operand?
        var unscaledOutput: Matrix?
        if let outputScale = edit.outputScale {
            let unscaled = products.product(scaledInput, factor, bias: bias.value)
            unscaledOutput = unscaled
            y.add(unscaled.timesEachRow(outputScale.value), as: .float32)
            if let lowRank { products.add([lowRank.term], to: &y, as: .float32) }
            y = Operand(y!.matrix, as: type)
        } else {
            let base = ProductTerm(scaledInput, factor, bias: bias.value)
            products.add(Self.ordered(base, lowRank?.term, as: type), to: &y, as: type)
        }
        return (
            y!,
            Cache(
                input: edit.inputScale.map { _ in x }, scaledInput: weight.isTrainable ? scaledInput : nil,
                unscaledOutput: unscaledOutput, lowRank: lowRank?.cache)
        )
    }

    /// Accumulates the gradients of its parameters.
    /// - Returns: the gradient of x, (T, in), or nil if it is not needed.
    package func backward(
        _ dy: Operand, cache: Cache, products: any ProductLibrary, needsInputGradient: Bool = true
    ) -> Matrix? {
        var dx: Operand?
        backward(
            dy, addingTo: &dx, as: .float32, cache: cache, products: products,
            needsInputGradient: needsInputGradient)
        return dx?.matrix
    }

    /// The same, with the gradient of x added to `dx`.
    /// - Parameter type: of dx, where it is nil so far.
    func backward(
        _ dy: Operand, addingTo dx: inout Operand?, as type: ElementType = .float32, cache: Cache,
        products: any ProductLibrary, needsInputGradient: Bool = true
    ) {
        let dBase = accumulate(dy, cache, products)
        var update: ProductTerm?
        if let lowRank = edit.lowRank, let lowRankCache = cache.lowRank {
            update = lowRank.backward(dy, cache: lowRankCache, products: products)
        }
        guard needsInputGradient || edit.inputScale != nil else { return }
        let factor = weight.factor(isTransposed: false, for: products)
        if let mask = cache.lowRank?.mask, let term = update.take(), needsInputGradient {
            dx.add(products.product([term]).times(mask), as: type)
        }
        if let inputScale = edit.inputScale, let input = cache.input {
            let dScaled = products.product(dBase, factor)
            inputScale.accumulate(dScaled.times(input.matrix).sumOfRows())
            guard needsInputGradient else { return }
            dx.add(dScaled.timesEachRow(inputScale.value), as: type)
            if let update { products.add([update], to: &dx, as: type) }
        } else {
            products.add(Self.ordered(ProductTerm(dBase, factor), update, as: type), to: &dx, as: type)
        }
    }

    /// A rounded sum begins with the small term, which its rounding hurts
    /// least; an exact one with the base's, which then writes what is there
    /// instead of reading it too.
    private static func ordered(
        _ base: ProductTerm, _ update: ProductTerm?, as type: ElementType
    ) -> [ProductTerm] {
        guard let update else { return [base] }
        return type == .float32 ? [base, update] : [update, base]
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
        if let input = cache.scaledInput {
            weight.accumulate(products.product(dBase, input, transposing: .first))
        }
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

extension Operand? {
    /// Nil is 0, and takes the element type.
    mutating func add(_ other: Matrix, as type: ElementType) {
        guard let sum = self else {
            self = Operand(other, as: type)
            return
        }
        var exact = sum.matrix
        exact.add(other)
        self = Operand(exact, as: sum.type)
    }
}
