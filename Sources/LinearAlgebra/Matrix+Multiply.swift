import COpenBLAS

extension Matrix {
    /// `self += scale * op(a) * op(b)`, where op transposes if asked; shapes
    /// (m, k) · (k, n) into (m, n). One call of `sgemm`.
    public mutating func addProduct(
        _ a: Matrix, transposed transposeA: Bool = false, _ b: Matrix, transposed transposeB: Bool = false,
        scale: Float = 1
    ) {
        accumulateProduct(a, transposeA, b, transposeB, scale: scale, keeping: 1)
    }

    /// `scale * op(a) * op(b)`.
    public static func product(
        _ a: Matrix, transposed transposeA: Bool = false, _ b: Matrix, transposed transposeB: Bool = false,
        scale: Float = 1
    ) -> Matrix {
        var result = Matrix(
            uninitializedRows: transposeA ? a.columns : a.rows, columns: transposeB ? b.rows : b.columns)
        result.accumulateProduct(a, transposeA, b, transposeB, scale: scale, keeping: 0)
        return result
    }

    private mutating func accumulateProduct(
        _ a: Matrix, _ transposeA: Bool, _ b: Matrix, _ transposeB: Bool, scale: Float, keeping: Float
    ) {
        let m = transposeA ? a.columns : a.rows
        let k = transposeA ? a.rows : a.columns
        let n = transposeB ? b.rows : b.columns
        precondition(
            (transposeB ? b.columns : b.rows) == k && rows == m && columns == n,
            "product of \(m)x\(k) and \(transposeB ? b.columns : b.rows)x\(n) into \(rows)x\(columns)")
        guard m > 0, n > 0 else { return }
        a.read { pa in
            b.read { pb in
                write { pc in
                    cblas_sgemm(
                        CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
                        transposeB ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), blasint(k), scale, pa,
                        blasint(max(a.columns, 1)), pb, blasint(max(b.columns, 1)), keeping, pc, blasint(n))
                }
            }
        }
    }

    /// The same product by plain loops in double precision: what tests compare
    /// `product` with.
    package static func referenceProduct(
        _ a: Matrix, transposed transposeA: Bool = false, _ b: Matrix, transposed transposeB: Bool = false
    ) -> Matrix {
        let m = transposeA ? a.columns : a.rows
        let n = transposeB ? b.rows : b.columns
        let k = transposeA ? a.rows : a.columns
        var result = Matrix(rows: m, columns: n)
        for i in 0..<m {
            for j in 0..<n {
                var sum = 0.0
                for l in 0..<k {
                    sum += Double(transposeA ? a[l, i] : a[i, l]) * Double(transposeB ? b[j, l] : b[l, j])
                }
                result[i, j] = Float(sum)
            }
        }
        return result
    }
}
