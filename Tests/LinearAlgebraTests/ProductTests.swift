import LinearAlgebra
import Testing

@Suite struct ProductTests {
    static let sizes = [0, 1, 2, 3, 7, 16, 17, 33, 64]

    func operands(_ m: Int, _ k: Int, _ n: Int, _ transposed: Matrix.Factor?) -> (Matrix, Matrix) {
        var generator = TestGenerator(UInt64(m * 10_000 + k * 100 + n + 1))
        let a = transposed == .first ? generator.matrix(k, m) : generator.matrix(m, k)
        let b = transposed == .second ? generator.matrix(n, k) : generator.matrix(k, n)
        return (a, b)
    }

    /// Each of the at most 64 terms rounds by 6e-8 of a value near 3.
    @Test(arguments: [nil, .first, .second] as [Matrix.Factor?])
    func `a product equals the plain loops within 1e-5, also of empty matrices`(transposed: Matrix.Factor?) {
        for m in Self.sizes {
            for k in Self.sizes {
                for n in Self.sizes {
                    let (a, b) = operands(m, k, n, transposed)
                    let found = Matrix.product(a, b, transposing: transposed)
                    let expected = Matrix.referenceProduct(a, b, transposing: transposed)
                    #expect(found.rows == m && found.columns == n)
                    let difference = largestDifference(found.values, expected.values.map(Double.init))
                    #expect(difference < 1e-5, "\(m)x\(k)x\(n): \(difference)")
                }
            }
        }
    }

    @Test func `a large product equals the plain loops within 2e-5`() {
        var generator = TestGenerator(8)
        let (a, b) = (generator.matrix(130, 384), generator.matrix(384, 70))
        let expected = Matrix.referenceProduct(a, b).values.map(Double.init)
        let difference = largestDifference(Matrix.product(a, b).values, expected)
        #expect(difference < 2e-5, "\(difference)")
    }

    @Test func `a transposed matrix has its rows as columns`() {
        var generator = TestGenerator(4)
        for (rows, columns) in [(0, 3), (1, 5), (7, 4)] {
            let a = generator.matrix(rows, columns)
            let b = a.transposed()
            #expect(b.rows == columns && b.columns == rows && b.transposed().isIdentical(to: a))
            for row in 0..<rows { for column in 0..<columns { #expect(a[row, column] == b[column, row]) } }
        }
    }
}
