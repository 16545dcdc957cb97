import COpenBLAS

/// `W = U·diag(σ)·V` of a matrix (m, n), with k = min(m, n) and σ descending.
package struct SingularValueDecomposition: Sendable {
    /// (m, k), orthonormal columns.
    package let left: Matrix
    /// (1, k).
    package let values: Matrix
    /// (k, n), orthonormal rows.
    package let right: Matrix

    /// By LAPACK's sgesdd.
    /// - Returns: nil when it does not converge, as for values that are not
    ///   finite.
    package init?(of matrix: Matrix) {
        let (m, n) = (matrix.rows, matrix.columns)
        let k = min(m, n)
        guard k > 0, matrix.values.allSatisfy(\.isFinite) else { return nil }
        // Row-major W is column-major Wᵀ = Vᵀ·diag(σ)·Uᵀ, and the factors come back likewise.
        var (columns, rows, rank) = (Int32(n), Int32(m), Int32(k))
        var copy = matrix
        var values = Matrix(rows: 1, columns: k)
        var right = Matrix(rows: k, columns: n)
        var left = Matrix(rows: m, columns: k)
        var status: Int32 = 0
        var scratch = [Int32](repeating: 0, count: 8 * k)
        func decompose(_ work: UnsafeMutablePointer<Float>, _ size: Int32) {
            var size = size
            copy.write { a in
                values.write { s in
                    right.write { u in
                        left.write { vt in
                            sgesdd_(
                                "S", &columns, &rows, a, &columns, s, u, &columns, vt, &rank, work, &size,
                                &scratch, &status)
                        }
                    }
                }
            }
        }
        var size: Float = 0
        decompose(&size, -1)
        var work = [Float](repeating: 0, count: Int(size) + 1)
        work.withUnsafeMutableBufferPointer { decompose($0.baseAddress!, Int32($0.count)) }
        guard status == 0 else { return nil }
        self.left = left
        self.values = values
        self.right = right
    }

    /// The factors `U·√σ` (m, r) and `√σ·V` (r, n) of a stretch of triplets.
    package func factors(_ range: Range<Int>) -> (left: Matrix, right: Matrix) {
        let roots = Matrix(row: range.map { values[0, $0].squareRoot() })
        let right = right.gatherRows(Array(range)).timesEachColumn(roots)
        let left = left.transposed().gatherRows(Array(range)).timesEachColumn(roots).transposed()
        return (left, right)
    }
}
