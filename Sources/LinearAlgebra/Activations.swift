import Foundation

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
        case .relu: x.mapLanes { VectorMath.float(VectorMath.bits($0) & VectorMath.isPositive($0)) }
        case .tanh: x.mapLanes { Self.tanh($0) }
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
        case .relu:
            dy.mapLanes(with: x) { VectorMath.float(VectorMath.bits($0) & VectorMath.isPositive($1)) }
        case .tanh:
            dy.mapLanes(with: x) { dy, x in
                let y = Self.tanh(x)
                return dy * (1 - y * y)
            }
        }
    }

    /// By the C library: it stands behind the pooler alone, one row a sequence.
    private static func tanh(_ x: Lanes) -> Lanes {
        var y = x
        for lane in y.indices { y[lane] = Foundation.tanh(x[lane]) }
        return y
    }
}
