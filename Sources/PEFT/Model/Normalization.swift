import LinearAlgebra

/// A LayerNorm with its parameters.
final class Normalization {
    let weight: Parameter
    let bias: Parameter
    let epsilon: Float

    init(weight: Parameter, bias: Parameter, epsilon: Float) {
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
    }

    var isTrainable: Bool { weight.isTrainable || bias.isTrainable }

    /// x (T, d), or its sum with a residual (T, d), to y (T, d).
    func forward(
        _ x: Matrix, plus residual: Matrix? = nil, products: any ProductLibrary
    ) -> (y: Matrix, cache: LayerNormalization.Cache) {
        products.timing(.normalization) {
            LayerNormalization.forward(
                x, plus: residual, weight: weight.value, bias: bias.value, epsilon: epsilon)
        }
    }

    /// Accumulates the gradients of weight and bias.
    /// - Returns: the gradient of x, and of the residual.
    func backward(
        _ dy: Matrix, cache: LayerNormalization.Cache, products: any ProductLibrary
    ) -> Matrix {
        products.timing(.normalization) {
            weight.accumulate(dy.times(cache.normalized).sumOfRows())
            bias.accumulate(dy.sumOfRows())
            return LayerNormalization.backward(dy, weight: weight.value, cache: cache)
        }
    }
}
