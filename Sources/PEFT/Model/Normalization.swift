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

    /// x (T, d) to y (T, d).
    func forward(_ x: Matrix) -> (y: Matrix, cache: LayerNormalization.Cache) {
        LayerNormalization.forward(x, weight: weight.value, bias: bias.value, epsilon: epsilon)
    }

    /// Accumulates the gradients of weight and bias.
    /// - Returns: the gradient of x.
    func backward(_ dy: Matrix, cache: LayerNormalization.Cache) -> Matrix {
        weight.accumulate(dy.times(cache.normalized).sumOfRows())
        bias.accumulate(dy.sumOfRows())
        return LayerNormalization.backward(dy, weight: weight.value, cache: cache)
    }
}
