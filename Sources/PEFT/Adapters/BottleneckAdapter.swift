import LinearAlgebra

/// `s·(U·f(D·x + b_D) + b_U)`: D is (m, d), U is (d, m).
///
/// A serial adapter adds this of its own input; a parallel one adds it of
/// another place's.
final class BottleneckAdapter: SiteAddition {
    let down: AffineMap
    let up: AffineMap
    let activation: Activation
    let scale: Float
    let gate: SequenceGate?
    var isLeftOut = false
    /// How many units act, the first ones.
    var activeWidth: Int

    struct Cache {
        let down: AffineMap.Cache
        let slope: Operand?
        /// (1, m), 0 for units that do not act; nil where all do.
        let mask: Matrix?
        let up: AffineMap.Cache
        /// With what it multiplies.
        let gate: (cache: SequenceGate.Cache, input: Matrix)?
    }

    init(
        down: AffineMap, up: AffineMap, activation: Activation, scale: Float, gate: SequenceGate? = nil
    ) {
        activeWidth = down.weight.value.rows
        self.gate = gate
        self.down = down
        self.up = up
        self.activation = activation
        self.scale = scale
    }

    var readsWholeSequences: Bool { gate != nil }

    var width: Int { down.weight.value.rows }

    private var mask: Matrix? {
        guard activeWidth < width else { return nil }
        return Matrix(row: (0..<width).map { $0 < activeWidth ? 1 : 0 })
    }

    private struct Pass: SiteAdditionPass {
        let adapter: BottleneckAdapter
        let cache: Cache

        func backward(_ dy: Matrix, products: any ProductLibrary) -> Matrix {
            adapter.backward(dy, cache: cache, products: products)
        }
    }

    func pass(_ x: Operand, mode: ForwardMode) -> (y: Matrix, pass: any SiteAdditionPass) {
        let (y, cache) = forward(x, mode: mode)
        return (y, Pass(adapter: self, cache: cache))
    }

    /// x (T, d) to the adapter's contribution (T, d).
    func forward(_ x: Operand, mode: ForwardMode) -> (y: Matrix, cache: Cache) {
        var (preactivation, downCache) = down.forward(x, mode: mode)
        // Both activations are 0 at 0.
        let mask = mask
        if let mask { preactivation = preactivation.timesEachRow(mask) }
        let (hidden, slope) = activation.forward(
            .float32(preactivation), as: mode.products.operandType, needsSlope: mode.isTraining)
        var (y, upCache) = up.forward(hidden, mode: mode)
        y.scale(by: scale)
        let gated = gate.map { (cache: $0.forward(x, mode: mode), input: y) }
        if let gated { y = gated.cache.apply(to: y) }
        return (y, Cache(down: downCache, slope: slope, mask: mask, up: upCache, gate: gated))
    }

    /// The gradient of x through the adapter alone.
    func backward(_ dy: Matrix, cache: Cache, products: any ProductLibrary) -> Matrix {
        var dOutput = dy
        var throughGate: [ProductTerm] = []
        if let gate, let gated = cache.gate {
            throughGate = [gate.backward(dy, of: gated.input, cache: gated.cache, products: products)]
            dOutput = gated.cache.apply(to: dOutput)
        }
        dOutput.scale(by: scale)
        let dHidden = up.backward(products.operand(dOutput), cache: cache.up, products: products)!
        var dPreactivation = Operand.float32(dHidden).times(cache.slope!)
        if let mask = cache.mask {
            dPreactivation = products.operand(dPreactivation.matrix.timesEachRow(mask))
        }
        var dx: Operand?
        down.backward(dPreactivation, addingTo: &dx, cache: cache.down, products: products)
        products.add(throughGate, to: &dx, as: .float32)
        return dx!.matrix
    }
}
