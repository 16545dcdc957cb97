import CVectorKernels

/// A dense row-major matrix of bfloat16 (8 bits of exponent, 7 of mantissa):
/// what a float32 is after its lower half is rounded away.
///
/// Copies share storage until one of them is changed.
package struct BFloat16Matrix: Sendable {
    package let rows: Int
    package let columns: Int
    var storage: Storage<UInt16>

    package var count: Int { rows * columns }

    /// For results that are about to be written whole.
    init(uninitializedRows rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        storage = PooledStorage(rows: rows, columns: columns)
    }

    /// Rounds to the nearest, ties to even, as the CPU's own instruction does.
    package init(rounding matrix: Matrix, kernels: VectorKernels = .best) {
        self.init(uninitializedRows: matrix.rows, columns: matrix.columns)
        matrix.read { kernels.table.round($0, storage.base, matrix.count) }
    }

    /// The same values in float32, exactly.
    package var matrix: Matrix {
        var result = Matrix(uninitializedRows: rows, columns: columns)
        let count = count
        read { source in result.write { VectorKernels.best.table.widen(source, $0, count) } }
        return result
    }

    @inline(__always)
    func read<Result>(_ body: (UnsafePointer<UInt16>) -> Result) -> Result {
        withExtendedLifetime(storage) { body(UnsafePointer($0.base)) }
    }

    @inline(__always)
    mutating func write<Result>(_ body: (UnsafeMutablePointer<UInt16>) -> Result) -> Result {
        Storage.makeWritable(&storage, rows: rows, columns: columns)
        return withExtendedLifetime(storage) { body($0.base) }
    }
}
