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

    package func packed(_ factor: Operand, isTransposed: Bool) -> PackedFactor? {
        let (k, n) = isTransposed ? (factor.columns, factor.rows) : (factor.rows, factor.columns)
        guard k > 0, n > 0 else { return nil }
        let layout = factor.layout(isTransposed: isTransposed)
        return factor.read { source in lock.withLock { context.pack(source, k, n, layout) } }
    }

    package func forgetCode() { lock.withLock { context.forgetCode() } }

    package func run(_ calls: [ProductCall]) {
        // All have one c, hence room for the same rows of it.
        guard let parts = calls.min(by: { $0.rows < $1.rows })?.partsOfRecurringSize else { return }
        lock.withLock {
            for part in parts {
                for call in calls { context.multiply(call.part(part)) }
            }
        }
    }
}
