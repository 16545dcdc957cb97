import LinearAlgebra

/// `s·(U·f(D·x + b_D) + b_U)`: D is (m, d), U is (d, m).
///
/// A serial adapter adds this of its own input; a parallel one adds it of
/// another place's.
final class BottleneckAdapter {
    let down: AffineMap
    let up: AffineMap
    let activation: Activation
    let scale: Float
    /// Whether passes go by as if it were not there.
    var isLeftOut = false

    struct Cache {
        let down: AffineMap.Cache
        let slope: Operand?
        let up: AffineMap.Cache
    }

    init(down: AffineMap, up: AffineMap, activation: Activation, scale: Float) {
        self.down = down
        self.up = up
        self.activation = activation
        self.scale = scale
    }

    /// x (T, d) to the adapter's contribution (T, d).
    func forward(_ x: Operand, mode: ForwardMode) -> (y: Matrix, cache: Cache) {
        let (preactivation, downCache) = down.forward(x, mode: mode)
        let (hidden, slope) = activation.forward(
            .float32(preactivation), as: mode.products.operandType, needsSlope: mode.isTraining)
        var (y, upCache) = up.forward(hidden, mode: mode)
        y.scale(by: scale)
        return (y, Cache(down: downCache, slope: slope, up: upCache))
    }

    /// The gradient of x through the adapter alone.
    func backward(_ dy: Matrix, cache: Cache, products: any ProductLibrary) -> Matrix {
        var dOutput = dy
        dOutput.scale(by: scale)
        let dHidden = up.backward(products.operand(dOutput), cache: cache.up, products: products)!
        let dPreactivation = Operand.float32(dHidden).times(cache.slope!)
        return down.backward(dPreactivation, cache: cache.down, products: products)!
    }
}
