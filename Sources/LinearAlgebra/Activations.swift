/// An elementwise nonlinearity with its derivative.
public enum Activation: Sendable, Hashable {
    /// `x·Φ(x)` with the exact normal distribution (Hendrycks and Gimpel
    /// 2016, arXiv 1606.08415), not its tanh approximation.
    case gelu
    case relu
    case tanh

    /// Any shape.
    public func forward(_ x: Matrix) -> Matrix {
        switch self {
        case .gelu: x.mapLanes { $0 * VectorMath.normal($0).distribution }
        case .relu: x.mapLanes { $0.replacing(with: 0, where: $0 .< 0) }
        case .tanh: x.mapLanes { VectorMath.tanh($0) }
        }
    }

    /// The gradient of the input `x`, from the gradient `dy` of the output.
    public func backward(_ dy: Matrix, input x: Matrix) -> Matrix {
        switch self {
        case .gelu:
            dy.mapLanes(with: x) { dy, x in
                let (distribution, exponential) = VectorMath.normal(x)
                return dy * (distribution + x * (0.398_942_28 * exponential))
            }
        case .relu: dy.mapLanes(with: x) { dy, x in dy.replacing(with: 0, where: x .<= 0) }
        case .tanh:
            dy.mapLanes(with: x) { dy, x in
                let y = VectorMath.tanh(x)
                return dy * (1 - y * y)
            }
        }
    }
}
