import CVectorKernels
import Foundation

/// One tensor's moments for AdamW (Loshchilov and Hutter 2017, arXiv
/// 1711.05101).
public struct AdamWMoments: Sendable {
    /// Decaying mean of the gradients.
    public private(set) var first: Matrix
    /// Decaying mean of their squares.
    public private(set) var second: Matrix

    /// Those of an earlier step.
    /// - Parameter second: of the shape of `first`.
    public init(first: Matrix, second: Matrix) {
        self.first = first
        self.second = second
    }

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
    package mutating func update(
        _ parameter: inout Matrix, gradient: Matrix, scale: Float, step: Int, rate: Double, decay: Double,
        beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Float = 1e-8,
        kernels: VectorKernels = .best
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
                        kernels.table.adamw(
                            p, m, v, g, scale, beta1, beta2, keep, stepSize, rootCorrection, epsilon, count)
                    }
                }
            }
        }
    }
}
