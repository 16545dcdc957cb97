import CVectorKernels

/// The inner loops of this target, as compiled for one instruction set.
///
/// C, because Swift compiles all functions of a target for the same
/// instructions, and a binary must start on CPUs without AVX-512
/// (docs/decisions/0009-vector-kernels.md).
///
/// Sendable because it is a table of pure functions that nobody writes.
package struct VectorKernels: @unchecked Sendable, CustomStringConvertible {
    package let description: String
    let table: vector_kernels

    private init?(_ description: String, _ set: instruction_set) {
        guard let table = vector_kernels_for(set) else { return nil }
        self.description = description
        self.table = table.pointee
    }

    /// Those that this CPU can run, the fastest first.
    package static let all: [VectorKernels] = [
        VectorKernels("avx512_bf16", instructions_avx512_bf16),
        VectorKernels("avx512", instructions_avx512), VectorKernels("avx2", instructions_avx2),
        VectorKernels("baseline", instructions_baseline),
    ].compactMap { $0 }

    package static let best = all[0]
}
