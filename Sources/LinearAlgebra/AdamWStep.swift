import Foundation

/// One tensor's moments for AdamW (Loshchilov and Hutter 2017, arXiv
/// 1711.05101).
public struct AdamWMoments: Sendable {
    private var first: Matrix
    private var second: Matrix

    public init(rows: Int, columns: Int) {
        first = Matrix(rows: rows, columns: columns)
        second = Matrix(rows: rows, columns: columns)
    }

    /// One update in PyTorch's order: decay first (`p *= 1 - rate·decay`),
    /// then the step, with ε outside the root of the corrected second moment.
    ///
    /// - Parameters:
    ///   - step: from 1.
    ///   - scale: multiplies the gradient first: clipping.
    public mutating func update(
        _ parameter: inout Matrix, gradient: Matrix, scale: Float, step: Int, rate: Double, decay: Double,
        beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Float = 1e-8
    ) {
        let keep = Float(1 - rate * decay)
        let stepSize = Float(rate / (1 - pow(beta1, Double(step))))
        let rootCorrection = Float((1 - pow(beta2, Double(step))).squareRoot())
        let (beta1, beta2) = (Float(beta1), Float(beta2))
        let count = parameter.count
        parameter.write { p in
            first.write { m in
                second.write { v in
                    gradient.read { g in
                        forEachChunk(of: count) { offset, width in
                            let gradient = load(g + offset, width) * scale
                            let first = beta1 * load(m + offset, width) + (1 - beta1) * gradient
                            let second = beta2 * load(v + offset, width) + (1 - beta2) * (gradient * gradient)
                            store(first, to: m + offset, width)
                            store(second, to: v + offset, width)
                            let denominator = second.squareRoot() / rootCorrection + epsilon
                            let value = load(p + offset, width) * keep - stepSize * first / denominator
                            store(value, to: p + offset, width)
                        }
                    }
                }
            }
        }
    }
}
