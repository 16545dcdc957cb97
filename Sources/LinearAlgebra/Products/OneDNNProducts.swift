import COneDNN
import Foundation

/// Products by oneDNN, which writes machine code for each shape: float32, or
/// bfloat16 factors with float32 sums. Frozen factors are packed.
///
/// Code for a shape takes a fifth of a millisecond and 50 to 80 KiB, and is
/// kept. The number of tokens differs from batch to batch, so a product runs
/// in parts of few different sizes.
///
/// Sendable because the lock is held by whoever touches the context.
package final class OneDNNProducts: ProductLibrary, @unchecked Sendable {
    package let operandType: ElementType
    package let description: String
    private var context: Context
    private let lock = NSLock()

    /// - Returns: nil where the CPU lacks the instructions for `type`.
    package init?(_ type: ElementType) {
        guard let context = Context(), context.canMultiply(type) else { return nil }
        operandType = type
        let version = dnnl_version().pointee
        description = "onednn-\(version.major).\(version.minor).\(version.patch)-\(Self.instructionSet)"
        self.context = context
    }

    /// What oneDNN writes its code for: of the CPU, unless it was told less.
    private static var instructionSet: String {
        let known: [(dnnl_cpu_isa_t, String)] = [
            (dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"),
            (dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"),
            (dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"),
            (dnnl_cpu_isa_avx512_core, "avx512_core"), (dnnl_cpu_isa_avx2, "avx2"),
            (dnnl_cpu_isa_avx, "avx"), (dnnl_cpu_isa_sse41, "sse41"),
        ]
        let found = dnnl_get_effective_cpu_isa()
        return known.first { $0.0 == found }?.1 ?? "isa-\(String(found.rawValue, radix: 16))"
    }

    package func operand(_ matrix: Matrix) -> Operand {
        guard operandType == .bfloat16 else { return .float32(matrix) }
        let rounded = BFloat16Matrix(uninitializedRows: matrix.rows, columns: matrix.columns)
        matrix.read { source in
            lock.withLock { context.round(source, to: rounded.storage.base, count: matrix.count) }
        }
        return .bfloat16(rounded)
    }

    package func packed(_ factor: Operand, isTransposed: Bool) -> PackedFactor? {
        let (k, n) = isTransposed ? (factor.columns, factor.rows) : (factor.rows, factor.columns)
        guard k > 0, n > 0 else { return nil }
        let layout = factor.layout(isTransposed: isTransposed)
        return factor.read { source in lock.withLock { context.pack(source, k, n, layout) } }
    }

    package func run(
        _ shape: ProductShape, a: UnsafeRawPointer, b: UnsafeRawPointer, bias: UnsafePointer<Float>?,
        c: UnsafeMutableRawPointer
    ) {
        lock.withLock {
            shape.forEachPartOfRecurringSize { part in
                context.multiply(
                    part.shape, a + part.aOffset, b + part.bOffset, bias, c + part.cOffset)
            }
        }
    }

    package func gelu(_ x: Operand) -> Operand {
        let y = Operand(uninitializedRows: x.rows, columns: x.columns, type: x.type)
        x.read { source in
            y.initialize { target in
                lock.withLock { context.gelu(source, nil, to: target, x.type, count: x.rows * x.columns) }
            }
        }
        return y
    }

    package func geluBackward(_ dy: Operand, input x: Operand) -> Operand {
        precondition(dy.rows == x.rows && dy.columns == x.columns && dy.type == x.type, "shapes differ")
        let dx = Operand(uninitializedRows: x.rows, columns: x.columns, type: x.type)
        x.read { input in
            dy.read { gradient in
                dx.initialize { target in
                    lock.withLock {
                        context.gelu(input, gradient, to: target, x.type, count: x.rows * x.columns)
                    }
                }
            }
        }
        return dx
    }
}
