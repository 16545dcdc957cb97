import CVectorKernels
import Foundation

/// An elementwise nonlinearity with its derivative.
public enum Activation: Sendable, Hashable {
    /// `x·Φ(x)` with the exact normal distribution (Hendrycks and Gimpel
    /// 2016, arXiv 1606.08415), not its tanh approximation.
    case gelu
    case relu
    case tanh

    /// Of every element, and the derivative there for the way back: they share
    /// most of their work.
    ///
    /// - Parameters:
    ///   - type: in which both are stored; x in bfloat16 has both in it.
    ///   - needsSlope: false where no gradient will come back.
    package func forward(
        _ x: Operand, as type: ElementType, needsSlope: Bool = true, kernels: VectorKernels = .best
    ) -> (y: Operand, slope: Operand?) {
        let y = Operand(uninitializedRows: x.rows, columns: x.columns, type: type)
        let slope = needsSlope ? Operand(uninitializedRows: x.rows, columns: x.columns, type: type) : nil
        precondition(x.type == .float32 || type == .bfloat16, "a rounded input gives rounded results")
        let count = x.rows * x.columns
        guard let kernel = kernel(kernels.table) else { return Self.tanh(x.matrix, type, needsSlope) }
        x.read { source in
            y.initialize { target in
                if let slope {
                    slope.initialize {
                        kernel(source, x.type.kernelType, target, $0, type.kernelType, count)
                    }
                } else {
                    kernel(source, x.type.kernelType, target, nil, type.kernelType, count)
                }
            }
        }
        return (y, slope)
    }

    private typealias Kernel =
        @convention(c) (
            UnsafeRawPointer, element_type, UnsafeMutableRawPointer, UnsafeMutableRawPointer?, element_type,
            Int
        ) -> Void

    private func kernel(_ table: vector_kernels) -> Kernel? {
        switch self {
        case .gelu: table.gelu
        case .relu: table.relu
        case .tanh: nil
        }
    }

    /// By the C library: it stands behind the pooler alone, one row a sequence.
    private static func tanh(
        _ x: Matrix, _ type: ElementType, _ needsSlope: Bool
    ) -> (y: Operand, slope: Operand?) {
        let y = x.values.map { Foundation.tanh($0) }
        func stored(_ values: [Float]) -> Operand {
            Operand(Matrix(rows: x.rows, columns: x.columns, values: values), as: type)
        }
        return (stored(y), needsSlope ? stored(y.map { 1 - $0 * $0 }) : nil)
    }
}
