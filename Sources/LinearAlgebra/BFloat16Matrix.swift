/// A dense row-major matrix of bfloat16 (8 bits of exponent, 7 of mantissa):
/// what a float32 is after its lower half is rounded away.
///
/// Copies share storage; a value is written once, where it is made.
package struct BFloat16Matrix: Sendable {
    package let rows: Int
    package let columns: Int
    let storage: PooledStorage<UInt16>

    package var count: Int { rows * columns }

    /// For results that are about to be written whole.
    init(uninitializedRows rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        storage = PooledStorage(count: rows * columns)
    }

    /// Rounds to the nearest, ties to even, as the CPU's own instruction does.
    package init(rounding matrix: Matrix) {
        self.init(uninitializedRows: matrix.rows, columns: matrix.columns)
        let target = storage.base
        matrix.read { source in
            for index in 0..<matrix.count {
                let bits = source[index].bitPattern
                let isNaN = bits & 0x7FFF_FFFF > 0x7F80_0000
                let rounded = bits &+ 0x7FFF &+ (bits >> 16 & 1)
                target[index] = UInt16(truncatingIfNeeded: (isNaN ? bits | 0x40_0000 : rounded) >> 16)
            }
        }
    }

    /// The same values in float32, exactly.
    package var matrix: Matrix {
        var result = Matrix(uninitializedRows: rows, columns: columns)
        let count = count
        read { source in
            result.write { target in
                for index in 0..<count { target[index] = Float(bitPattern: UInt32(source[index]) << 16) }
            }
        }
        return result
    }

    @inline(__always)
    func read<Result>(_ body: (UnsafePointer<UInt16>) -> Result) -> Result {
        withExtendedLifetime(storage) { body(UnsafePointer($0.base)) }
    }
}
