package import LinearAlgebra

/// `y = W'·x + b'` with the one edit that every mergeable method reduces to:
///
///     V  = W + Σ s·B·diag(e)·A
///     W' = diag(a_out)·W·diag(a_in) + Σ s·B·diag(e)·A      b' = a_out ⊙ b
///     W' = diag(m/‖V‖)·V                                   b' = b
///
/// the second with a magnitude m, by rows. W is (out, in), b (1, out). Without
/// an edit it is the base's map. A trained weight or bias (unfreezing, BitFit)
/// is not an edit but a trainable `Parameter`.
package final class AffineMap {
    package private(set) var weight: Parameter
    package let bias: Parameter
    package var edit = Edit()

    package struct Edit {
        /// a_in, (1, in).
        package var inputScale: Parameter?
        /// a_out, (1, out).
        package var outputScale: Parameter?
        package var updates: [LowRankUpdate] = []
        /// m; not together with the scales.
        package var magnitude: RowMagnitude?

        /// Updates of which something acts.
        var active: [LowRankUpdate] { updates.filter { $0.activeRank > 0 } }

        var isEmpty: Bool {
            inputScale == nil && outputScale == nil && updates.isEmpty && magnitude == nil
        }
    }

    package struct Cache {
        /// Nil unless a_in trains.
        let input: Operand?
        /// The base map's input, `a_in ⊙ x`; nil unless W trains.
        let scaledInput: Operand?
        let output: OutputCache?
        let updates: [LowRankUpdate.Cache]
    }

    /// Of what happens to the products' sum.
    enum OutputCache {
        /// The base map's output before `a_out`.
        case scaled(base: Matrix)
        /// `V·x` and the lengths of V's rows.
        case resized(directed: Matrix, lengths: Matrix)
    }

    package init(weight: Parameter, bias: Parameter) {
        self.weight = weight
        self.bias = bias
    }

    private var computed: ComputedWeight?

    /// What computes the weight from here on, for changes of it as a whole.
    func computedWeight(in attachment: Attachment) -> ComputedWeight {
        if let computed { return computed }
        let computed = ComputedWeight(weight, in: attachment)
        self.computed = computed
        weight = computed.weight
        return computed
    }

    /// Puts another arrangement of the weight in its place.
    /// - Precondition: nothing of it trains or was computed of it yet.
    func replaceFrozenWeight(by frozen: FrozenWeight) {
        precondition(!weight.isTrainable && computed == nil, "\(weight.name) trains")
        weight = Parameter(weight.name, frozen)
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
        let base = ProductTerm(
            scaledInput, weight.factor(isTransposed: true, for: products), bias: bias.value)
        let updates = edit.active.map { $0.forward(x, mode: mode) }
        let (y, output) = combined(base, updates.map(\.term), as: type, products)
        return (
            y,
            Cache(
                input: edit.inputScale.map { _ in x }, scaledInput: weight.isTrainable ? scaledInput : nil,
                output: output, updates: updates.map(\.cache))
        )
    }

    private func combined(
        _ base: ProductTerm, _ updates: [ProductTerm], as type: ElementType, _ products: any ProductLibrary
    ) -> (y: Operand, cache: OutputCache?) {
        var y: Operand?
        if let magnitude = edit.magnitude {
            products.add([base] + updates, to: &y, as: .float32)
            let (resized, cache) = resized(y!.matrix, by: magnitude)
            return (Operand(resized, as: type), cache)
        }
        guard let outputScale = edit.outputScale else {
            products.add(Self.ordered(base, updates, as: type), to: &y, as: type)
            return (y!, nil)
        }
        let unscaled = products.product([base])
        y.add(unscaled.timesEachRow(outputScale.value), as: .float32)
        products.add(updates, to: &y, as: .float32)
        return (Operand(y!.matrix, as: type), .scaled(base: unscaled))
    }

    /// `y + (y - b)·(m/n - 1)`, which is y to the bit while m = n.
    private func resized(_ y: Matrix, by magnitude: RowMagnitude) -> (Matrix, OutputCache) {
        let lengths = magnitude.lengths(of: weight, with: edit.updates)
        let directed = y.addingToEachRow(bias.value, scale: -1)
        let excess = magnitude.parameter.value.map(with: lengths) { $0 / $1 - 1 }
        var result = y
        result.add(directed.timesEachRow(excess))
        return (result, .resized(directed: directed, lengths: lengths))
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
        let (dBase, dUpdates) = accumulate(dy, cache, products)
        var terms: [ProductTerm] = []
        for (update, updateCache) in zip(edit.active, cache.updates) {
            let through = update.backward(dUpdates, cache: updateCache, products: products)
            guard needsInputGradient else { continue }
            if let mask = updateCache.mask {
                dx.add(products.product([through.update]).times(mask), as: type)
            } else {
                terms.append(through.update)
            }
            if let gate = through.gate { terms.append(gate) }
        }
        guard needsInputGradient || edit.inputScale != nil else { return }
        let base = ProductTerm(dBase, weight.factor(isTransposed: false, for: products))
        if let inputScale = edit.inputScale, let input = cache.input {
            let dScaled = products.product([base])
            inputScale.accumulate(dScaled.times(input.matrix).sumOfRows())
            guard needsInputGradient else { return }
            dx.add(dScaled.timesEachRow(inputScale.value), as: type)
            products.add(terms, to: &dx, as: type)
        } else {
            products.add(Self.ordered(base, terms, as: type), to: &dx, as: type)
        }
    }

    /// A rounded sum begins with the small terms, which its rounding hurts
    /// least; an exact one with the base's, which then writes what is there
    /// instead of reading it too.
    private static func ordered(
        _ base: ProductTerm, _ updates: [ProductTerm], as type: ElementType
    ) -> [ProductTerm] {
        type == .float32 ? [base] + updates : updates + [base]
    }

    /// The gradients of a_out, m, W and b.
    /// - Returns: the gradients of the base map's output and of the updates'.
    private func accumulate(
        _ dy: Operand, _ cache: Cache, _ products: any ProductLibrary
    ) -> (base: Operand, updates: Operand) {
        var (dBase, dUpdates) = (dy, dy)
        switch cache.output {
        case .scaled(let unscaled):
            let exact = dy.matrix
            edit.outputScale!.accumulate(exact.times(unscaled).sumOfRows())
            dBase = products.operand(exact.timesEachRow(edit.outputScale!.value))
            bias.accumulate(dBase.matrix.sumOfRows())
        case .resized(let directed, let lengths):
            let exact = dy.matrix
            let magnitude = edit.magnitude!.parameter
            magnitude.accumulate(exact.times(directed).sumOfRows().map(with: lengths) { $0 / $1 })
            bias.accumulate(exact.sumOfRows())
            dBase = products.operand(exact.timesEachRow(magnitude.value.map(with: lengths) { $0 / $1 }))
            dUpdates = dBase
        case nil: bias.accumulate(dy.matrix.sumOfRows())
        }
        if let input = cache.scaledInput {
            weight.accumulate(products.product(dBase, input, transposing: .first))
        }
        return (dBase, dUpdates)
    }

    /// Whether something in it depends on what the map reads.
    var isGated: Bool { edit.updates.contains { $0.gate != nil } }

    /// The edit folded into a plain weight and bias, but for updates with a
    /// gate.
    package func merged() -> (weight: Matrix, bias: Matrix) {
        var merged = weight.value
        var mergedBias = bias.value
        if let inputScale = edit.inputScale { merged = merged.timesEachRow(inputScale.value) }
        if let outputScale = edit.outputScale {
            merged = merged.timesEachColumn(outputScale.value)
            mergedBias = mergedBias.times(outputScale.value)
        }
        for update in edit.updates where update.gate == nil { merged.add(update.delta) }
        if let magnitude = edit.magnitude {
            let lengths = magnitude.lengths(of: weight, with: edit.updates)
            merged = merged.timesEachColumn(magnitude.parameter.value.map(with: lengths) { $0 / $1 })
        }
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
