import COpenBLAS

extension Matrix {
    /// Which factor of a product is transposed.
    public enum Factor: Sendable { case first, second }

    /// `scale · a·b`, with one factor transposed if asked.
    public static func product(
        _ a: Matrix, _ b: Matrix, transposing transposed: Factor? = nil, scale: Float = 1
    ) -> Matrix {
        let (m, k) = transposed == .first ? (a.columns, a.rows) : (a.rows, a.columns)
        let (inner, n) = transposed == .second ? (b.columns, b.rows) : (b.rows, b.columns)
        precondition(inner == k, "product of \(m)x\(k) and \(inner)x\(n)")
        guard k > 0 else { return Matrix(rows: m, columns: n) }
        var result = Matrix(uninitializedRows: m, columns: n)
        guard m > 0, n > 0 else { return result }
        a.read { pa in
            b.read { pb in
                result.write { pc in
                    cblas_sgemm(
                        CblasRowMajor, transposed == .first ? CblasTrans : CblasNoTrans,
                        transposed == .second ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), blasint(k),
                        scale, pa, blasint(max(a.columns, 1)), pb, blasint(max(b.columns, 1)), 0, pc,
                        blasint(n))
                }
            }
        }
        return result
    }

    /// The same product by plain loops in double precision: what tests compare
    /// `product` with.
    package static func referenceProduct(_ a: Matrix, _ b: Matrix, transposing transposed: Factor? = nil)
        -> Matrix
    {
        let a = transposed == .first ? a.transposed() : a
        let b = transposed == .second ? b.transposed() : b
        var result = Matrix(rows: a.rows, columns: b.columns)
        for i in 0..<a.rows {
            for j in 0..<b.columns {
                result[i, j] = Float((0..<a.columns).reduce(0.0) { $0 + Double(a[i, $1]) * Double(b[$1, j]) })
            }
        }
        return result
    }
}
