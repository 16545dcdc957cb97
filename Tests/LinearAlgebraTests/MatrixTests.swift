import LinearAlgebra
import Testing

@Suite struct MatrixTests {
    var counted: Matrix { Matrix(rows: 3, columns: 5, values: (0..<15).map(Float.init)) }

    /// Every operation that changes a matrix, on one with 3 rows of 5.
    static let changes: [(String, @Sendable (inout Matrix) -> Void)] = [
        ("subscript", { $0[1, 1] = -9 }), ("add", { $0.add($0) }), ("scale", { $0.scale(by: 3) }),
        ("addToEachRow", { $0.addToEachRow(Matrix(row: [1, 2, 3, 4, 5])) }), ("clearRow", { $0.clearRow(1) }),
        (
            "addProduct",
            { $0.addProduct(Matrix(rows: 3, columns: 1, values: [1, 2, 3]), Matrix(row: [1, 2, 3, 4, 5])) }
        ),
        ("scatterAddRows", { $0.scatterAddRows(Matrix(row: [1, 1, 1, 1, 1]), at: [2]) }),
        (
            "AdamW",
            { matrix in
                var moments = AdamWMoments(rows: 3, columns: 5)
                moments.update(&matrix, gradient: matrix, scale: 1, step: 1, rate: 0.1, decay: 0)
            }
        ),
    ]

    @Test(arguments: changes.indices)
    func `a change does not reach a copy`(index: Int) {
        let (name, change) = Self.changes[index]
        var changed = counted
        let copy = changed
        change(&changed)
        #expect(copy.isIdentical(to: counted), "\(name)")
        #expect(!changed.isIdentical(to: copy), "\(name) changed nothing")
    }

    @Test func `rows are gathered in any order and as often as asked`() {
        let rows = counted.gatherRows([2, 0, 2])
        #expect(rows.values == [10, 11, 12, 13, 14, 0, 1, 2, 3, 4, 10, 11, 12, 13, 14])
        #expect(counted.gatherRows([]).rows == 0)
    }

    @Test(arguments: [1, 5, 16, 19])
    func `scattered rows add up where they meet`(columns: Int) {
        var generator = TestGenerator(UInt64(columns))
        let rows = generator.matrix(4, columns)
        var sum = Matrix(rows: 3, columns: columns)
        sum.scatterAddRows(rows, at: [2, 0, 2, 2])
        for column in 0..<columns {
            #expect(sum[0, column] == rows[1, column] && sum[1, column] == 0)
            #expect(sum[2, column] == rows[0, column] + rows[2, column] + rows[3, column])
        }
    }

    @Test(arguments: [(1, 1), (3, 5), (4, 16), (5, 33)])
    func `elementwise operations are exact`(rows: Int, columns: Int) {
        var generator = TestGenerator(UInt64(rows * columns))
        let (a, b, row) = (
            generator.matrix(rows, columns), generator.matrix(rows, columns), generator.matrix(1, columns)
        )
        #expect(a.times(b).values == zip(a.values, b.values).map { $0 * $1 })
        let wide = Matrix.repeating(row: row, count: rows)
        #expect(wide.values == (0..<rows).flatMap { _ in row.values })
        #expect(a.timesEachRow(row).isIdentical(to: a.times(wide)))
        var sum = a
        sum.addToEachRow(row)
        #expect(sum.values == zip(a.values, wide.values).map { $0 + $1 })
        var scaled = a
        scaled.add(b, scale: -2)
        #expect(scaled.values == zip(a.values, b.values).map { $0 + -2 * $1 })
    }

    @Test(arguments: [(1, 1), (7, 3), (4, 16), (100, 37)])
    func `sums are those of plain loops within 1e-5`(rows: Int, columns: Int) {
        var generator = TestGenerator(UInt64(rows * columns))
        let a = generator.matrix(rows, columns)
        let columnsSum = (0..<columns).map { column in a.doubles.reduce(0) { $0 + $1[column] } }
        let difference = largestDifference(a.sumOfRows().values, columnsSum)
        #expect(difference < 1e-5, "\(difference)")
        let squares = a.values.reduce(0) { $0 + Double($1) * Double($1) }
        #expect(abs(a.sumOfSquares() - squares) < 1e-9 * squares)
    }

    @Test func `the largest of each row is the first of equals`() {
        let a = Matrix(rows: 3, columns: 3, values: [1, 3, 3, -1, -2, -3, 0, 0, 0])
        #expect(a.largestInEachRow() == [1, 0, 0])
        #expect(Matrix(rows: 0, columns: 3).largestInEachRow() == [])
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func `one value that is not finite is seen anywhere`(bad: Float) {
        for place in [0, 7, 8, 18] {
            var a = Matrix(rows: 1, columns: 19)
            #expect(a.sumOfSquares().isFinite)
            a[0, place] = bad
            #expect(!a.sumOfSquares().isFinite)
        }
        #expect(Matrix(row: [.greatestFiniteMagnitude, .greatestFiniteMagnitude]).sumOfSquares().isFinite)
    }

    @Test func `identity is that of bits`() {
        #expect(Matrix(row: [.nan]).isIdentical(to: Matrix(row: [.nan])))
        #expect(!Matrix(row: [0]).isIdentical(to: Matrix(row: [-0.0])))
        #expect(!Matrix(rows: 2, columns: 1).isIdentical(to: Matrix(rows: 1, columns: 2)))
    }
}
