import COpenBLAS
import Foundation

/// The lower triangle L of a symmetric positive definite `A = L·Lᵀ` (n, n).
///
/// Covariances are often singular to rounding, as when a point was tried
/// twice, so what cannot be factorised as it is gets a small multiple of its
/// mean diagonal added.
public struct CholeskyFactor: Sendable {
    /// n.
    public let order: Int
    /// What was added to the diagonal, 0 where nothing had to be.
    public let jitter: Double
    /// L row by row; what stands above its diagonal means nothing.
    private var triangle: [Double]

    /// Relative to the mean diagonal, in the order in which they are tried.
    private static let jitters = [0, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2]

    /// By LAPACK's dpotrf, with as little jitter as it takes.
    /// - Parameter matrix: symmetric; only its lower triangle is read.
    /// - Returns: nil for a matrix that is not square or not finite, or that is
    ///   far from positive definite.
    public init?(_ matrix: DoubleMatrix) {
        let n = matrix.rows
        guard n > 0, n == matrix.columns, matrix.values.allSatisfy(\.isFinite) else { return nil }
        let scale = abs((0..<n).reduce(0) { $0 + matrix[$1, $1] } / Double(n))
        for relative in Self.jitters {
            let jitter = relative * scale
            var values = matrix.values
            for index in 0..<n { values[index * n + index] += jitter }
            // Its lower triangle by rows is LAPACK's upper one by columns.
            var (size, status) = (Int32(n), Int32(0))
            dpotrf_("U", &size, &values, &size, &status)
            if status == 0 {
                order = n
                self.jitter = jitter
                triangle = values
                return
            }
        }
        return nil
    }

    private init(order: Int, jitter: Double, triangle: [Double]) {
        self.order = order
        self.jitter = jitter
        self.triangle = triangle
    }

    /// log det A.
    public var logDeterminant: Double {
        2 * (0..<order).reduce(0) { $0 + log(triangle[$1 * order + $1]) }
    }

    /// `A⁻¹·b` (n).
    public func solve(_ b: [Double]) -> [Double] {
        precondition(b.count == order, "\(b.count) numbers for an order of \(order)")
        var x = b
        for transposed in [CblasNoTrans, CblasTrans] {
            cblas_dtrsv(
                CblasRowMajor, CblasLower, transposed, CblasNonUnit, blasint(order), triangle,
                blasint(order), &x, 1)
        }
        return x
    }

    /// `(L⁻¹·bᵢ)` for every row bᵢ of a matrix (m, n).
    public func halfSolve(rows b: DoubleMatrix) -> DoubleMatrix {
        precondition(b.columns == order, "rows of \(b.columns) for an order of \(order)")
        var x = b
        guard b.rows > 0 else { return x }
        cblas_dtrsm(
            CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, blasint(b.rows), blasint(order),
            1, triangle, blasint(order), &x.values, blasint(order))
        return x
    }

    /// `A⁻¹` (n, n), by LAPACK's dpotri; nil when that fails.
    public func inverse() -> DoubleMatrix? {
        var result = DoubleMatrix(rows: order, columns: order)
        result.values = triangle
        var (size, status) = (Int32(order), Int32(0))
        dpotri_("U", &size, &result.values, &size, &status)
        guard status == 0 else { return nil }
        for row in 0..<order {
            for column in 0..<row {
                result.values[column * order + row] = result.values[row * order + column]
            }
        }
        return result
    }

    /// The factor of A with one row and column more, in O(n²).
    /// - Parameters:
    ///   - row: the new covariances with the old points (n).
    ///   - diagonal: the new variance; what is too small for a positive
    ///     definite matrix is raised to the least that is not.
    public func appending(_ row: [Double], diagonal: Double) -> CholeskyFactor {
        let half = halfSolve(rows: DoubleMatrix([row], columns: order)).values
        let rest = diagonal + jitter - half.reduce(0) { $0 + $1 * $1 }
        let next = order + 1
        var extended = [Double](repeating: 0, count: next * next)
        for index in 0..<order {
            for column in 0...index { extended[index * next + column] = triangle[index * order + column] }
            extended[order * next + index] = half[index]
        }
        extended[order * next + order] = max(rest, 1e-10 * max(diagonal, .leastNormalMagnitude)).squareRoot()
        return CholeskyFactor(order: next, jitter: jitter, triangle: extended)
    }
}
