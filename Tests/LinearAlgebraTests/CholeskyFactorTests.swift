import LinearAlgebra
import Testing

import func Foundation.log

struct CholeskyFactorTests {
    /// L = [2 0 0; 6 1 0; -8 5 3].
    static let known = DoubleMatrix([[4, 12, -16], [12, 37, -43], [-16, -43, 98]], columns: 3)

    /// Positive definite, of any order.
    static func sample(_ n: Int) -> DoubleMatrix {
        var matrix = DoubleMatrix(rows: n, columns: n)
        for row in 0..<n {
            for column in 0..<n {
                let distance = Double(row - column)
                matrix[row, column] = 1 / (1 + distance * distance) + (row == column ? 0.1 : 0)
            }
        }
        return matrix
    }

    static func isClose(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-9) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * (1 + abs($1)) }
    }

    @Test func `a known matrix has its known determinant, solution and inverse`() throws {
        let factor = try #require(CholeskyFactor(Self.known))
        #expect(factor.jitter == 0)
        #expect(abs(factor.logDeterminant - log(36)) < 1e-12)
        #expect(Self.isClose(factor.solve([4 + 24 - 48, 12 + 74 - 129, -16 - 86 + 294]), [1, 2, 3]))
        let half = factor.halfSolve(rows: DoubleMatrix([[2, 6, -8], [0, 1, 5]], columns: 3))
        #expect(Self.isClose(half.values, [1, 0, 0, 0, 1, 0]))
        let inverse = try #require(factor.inverse())
        #expect(Self.isClose(DoubleMatrix.product(inverse, Self.known).values, [1, 0, 0, 0, 1, 0, 0, 0, 1]))
    }

    @Test func `what stands above the diagonal is not read`() throws {
        var other = Self.known
        (other[0, 1], other[0, 2], other[1, 2]) = (7, 8, 9)
        let factor = try #require(CholeskyFactor(other))
        #expect(Self.isClose(factor.solve([4, 12, -16]), [1, 0, 0]))
    }

    @Test func `a factor with a row more is that of the larger matrix`() throws {
        let whole = Self.sample(40)
        var smaller = DoubleMatrix(rows: 39, columns: 39)
        for row in 0..<39 {
            for column in 0..<39 { smaller[row, column] = whole[row, column] }
        }
        let right = (0..<40).map { Double($0 % 7) - 3 }
        let grown = try #require(CholeskyFactor(smaller))
            .appending((0..<39).map { whole[39, $0] }, diagonal: whole[39, 39])
        let direct = try #require(CholeskyFactor(whole))
        #expect(grown.order == 40)
        #expect(abs(grown.logDeterminant - direct.logDeterminant) < 1e-10)
        #expect(Self.isClose(grown.solve(right), direct.solve(right)))
    }

    @Test func `a singular matrix gets just enough on its diagonal`() throws {
        let twice = DoubleMatrix([[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1]], columns: 3)
        let factor = try #require(CholeskyFactor(twice))
        #expect(factor.jitter > 0 && factor.jitter <= 1e-6)
        let solution = factor.solve([1, 1, 0.5])
        #expect(solution.allSatisfy { $0.isFinite })
        let again = try #require(CholeskyFactor(Self.sample(3))).appending(
            [1.1, 0.5, 0.2], diagonal: 1.1)
        #expect(again.logDeterminant.isFinite)
    }

    @Test func `what is no covariance has no factor`() {
        #expect(CholeskyFactor(DoubleMatrix([[1, 0], [0, -1]], columns: 2)) == nil)
        #expect(CholeskyFactor(DoubleMatrix([[.nan]], columns: 1)) == nil)
        #expect(CholeskyFactor(DoubleMatrix([[.infinity]], columns: 1)) == nil)
        #expect(CholeskyFactor(DoubleMatrix(rows: 0, columns: 0)) == nil)
        #expect(CholeskyFactor(DoubleMatrix(rows: 2, columns: 3)) == nil)
    }

    @Test func `products agree with sums`() {
        let a = DoubleMatrix([[1, 2, 3], [4, 5, 6]], columns: 3)
        let b = DoubleMatrix([[1, 0], [0, 1], [2, 2]], columns: 2)
        #expect(DoubleMatrix.product(a, b).values == [7, 8, 16, 17])
        #expect(DoubleMatrix.product(a, a, transposingSecond: true).values == [14, 32, 32, 77])
        #expect(DoubleMatrix.product(a, [1, 1, 1]) == [6, 15])
        #expect(DoubleMatrix.product(DoubleMatrix(rows: 0, columns: 3), [1, 1, 1]) == [])
    }
}
