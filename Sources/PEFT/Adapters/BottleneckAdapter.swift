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

    struct Cache {
        let down: AffineMap.Cache
        let slope: Operand?
        let up: AffineMap.Cache
        /// With what it multiplies.
        let gate: (cache: SequenceGate.Cache, input: Matrix)?
    }

    init(
        down: AffineMap, up: AffineMap, activation: Activation, scale: Float, gate: SequenceGate? = nil
    ) {
        self.gate = gate
        self.down = down
        self.up = up
        self.activation = activation
        self.scale = scale
    }

    var readsWholeSequences: Bool { gate != nil }

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
        let (preactivation, downCache) = down.forward(x, mode: mode)
        let (hidden, slope) = activation.forward(
            .float32(preactivation), as: mode.products.operandType, needsSlope: mode.isTraining)
        var (y, upCache) = up.forward(hidden, mode: mode)
        y.scale(by: scale)
        let gated = gate.map { (cache: $0.forward(x, mode: mode), input: y) }
        if let gated { y = gated.cache.apply(to: y) }
        return (y, Cache(down: downCache, slope: slope, up: upCache, gate: gated))
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
        let dPreactivation = Operand.float32(dHidden).times(cache.slope!)
        var dx: Operand?
        down.backward(dPreactivation, addingTo: &dx, cache: cache.down, products: products)
        products.add(throughGate, to: &dx, as: .float32)
        return dx!.matrix
    }
}
