import COpenBLAS

/// A small matrix (rows, columns) of doubles, row by row: what a Gaussian
/// process computes with. Products use one thread where `BLAS.setThreads(1)`
/// was called.
public struct DoubleMatrix: Sendable, Equatable {
    /// From 0.
    public let rows: Int
    /// From 0.
    public let columns: Int
    /// Row by row.
    public var values: [Double]

    /// A matrix of zeros.
    public init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        values = [Double](repeating: 0, count: rows * columns)
    }

    /// A matrix of the given rows.
    /// - Parameter rows: all of `columns` entries; a shorter one is filled up
    ///   with zeros, a longer one cut.
    public init(_ rows: [[Double]], columns: Int) {
        self.init(rows: rows.count, columns: columns)
        for (index, row) in rows.enumerated() {
            for column in 0..<min(columns, row.count) { values[index * columns + column] = row[column] }
        }
    }

    /// One entry.
    public subscript(row: Int, column: Int) -> Double {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    /// `a·b` (m, n), or `a·bᵀ` where the second factor is transposed.
    public static func product(
        _ a: DoubleMatrix, _ b: DoubleMatrix, transposingSecond: Bool = false
    ) -> DoubleMatrix {
        let (m, k) = (a.rows, a.columns)
        let (inner, n) = transposingSecond ? (b.columns, b.rows) : (b.rows, b.columns)
        precondition(inner == k, "product of \(m)x\(k) and \(inner)x\(n)")
        var result = DoubleMatrix(rows: m, columns: n)
        guard m > 0, n > 0, k > 0 else { return result }
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, transposingSecond ? CblasTrans : CblasNoTrans, blasint(m),
            blasint(n), blasint(k), 1, a.values, blasint(k), b.values, blasint(b.columns), 0, &result.values,
            blasint(n))
        return result
    }

    /// `a·x` (m).
    public static func product(_ a: DoubleMatrix, _ x: [Double]) -> [Double] {
        precondition(a.columns == x.count, "product of \(a.rows)x\(a.columns) and \(x.count)")
        var result = [Double](repeating: 0, count: a.rows)
        guard a.rows > 0, a.columns > 0 else { return result }
        cblas_dgemv(
            CblasRowMajor, CblasNoTrans, blasint(a.rows), blasint(a.columns), 1, a.values, blasint(a.columns),
            x, 1, 0, &result, 1)
        return result
    }
}
