import LinearAlgebra
import Testing

@Suite struct MatrixTests {
    var counted: Matrix { Matrix(rows: 3, columns: 5, values: (0..<15).map(Float.init)) }

    /// Every operation that changes a matrix, on one with 3 rows of 5.
    static let changes: [(String, @Sendable (inout Matrix) -> Void)] = [
        ("subscript", { $0[1, 1] = -9 }), ("add", { $0.add($0) }), ("scale", { $0.scale(by: 3) }),
        ("clearRow", { $0.clearRow(1) }),
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
