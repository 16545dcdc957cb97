import Foundation
import LinearAlgebra
import Testing

/// The elementwise kernels, each compiled for every instruction set that this
/// CPU has.
@Suite struct VectorKernelsTests {
    @Test func `every CPU has the baseline, and the best comes first`() {
        #expect(VectorKernels.all.last?.description == "baseline")
        #expect(VectorKernels.best.description == VectorKernels.all[0].description)
    }

    @Test(arguments: [(1, 1), (3, 5), (4, 16), (5, 33)], VectorKernels.all)
    func `sums and products of elements are exact`(size: (rows: Int, columns: Int), kernels: VectorKernels) {
        let (rows, columns) = size
        var generator = TestGenerator(UInt64(rows * columns))
        let (a, b, row) = (
            generator.matrix(rows, columns), generator.matrix(rows, columns), generator.matrix(1, columns)
        )
        #expect(a.times(b, kernels: kernels).values == zip(a.values, b.values).map { $0 * $1 })
        let wide = Matrix(rows: rows, columns: columns, values: (0..<rows).flatMap { _ in row.values })
        #expect(a.timesEachRow(row, kernels: kernels).values == a.times(wide).values)
        var scaled = a
        // A power of two: a fused multiply-add rounds no differently.
        scaled.add(b, scale: -2, kernels: kernels)
        #expect(scaled.values == zip(a.values, b.values).map { $0 + -2 * $1 })
        scaled.scale(by: 3, kernels: kernels)
        #expect(scaled.values == zip(a.values, b.values).map { 3 * ($0 + -2 * $1) })
    }

    @Test(arguments: [(1, 1), (7, 3), (4, 16), (100, 37)], VectorKernels.all)
    func `sums are those of plain loops within 1e-5`(
        size: (rows: Int, columns: Int), kernels: VectorKernels
    ) {
        let (rows, columns) = size
        var generator = TestGenerator(UInt64(rows * columns))
        let a = generator.matrix(rows, columns)
        let columnsSum = (0..<columns).map { column in a.doubles.reduce(0) { $0 + $1[column] } }
        let difference = largestDifference(a.sumOfRows(kernels: kernels).values, columnsSum)
        #expect(difference < 1e-5, "\(difference)")
        let squares = a.values.reduce(0) { $0 + Double($1) * Double($1) }
        #expect(abs(a.sumOfSquares(kernels: kernels) - squares) < 1e-9 * squares)
    }

    /// Round half to even, by arithmetic on exact halves.
    @Test(arguments: VectorKernels.all)
    func `bfloat16 is the nearest value, of two the even one`(kernels: VectorKernels) {
        let cases: [(Float, Float)] = [
            (0, 0), (-0.0, -0.0), (1, 1), (1.003_906_25, 1), (1.011_718_75, 1.015_625),
            (1.003_906_4, 1.007_812_5), (-1.003_906_4, -1.007_812_5), (.infinity, .infinity),
            (-.infinity, -.infinity), (.greatestFiniteMagnitude, .infinity), (3.389_531_4e38, 3.389_531_4e38),
            (.leastNormalMagnitude, .leastNormalMagnitude), (255.4, 255), (255.6, 256),
        ]
        for count in [1, cases.count] {
            let found = BFloat16Matrix(
                rounding: Matrix(row: cases.prefix(count).map(\.0)), kernels: kernels
            ).matrix.values
            #expect(found.map(\.bitPattern) == cases.prefix(count).map(\.1.bitPattern))
        }
        #expect(BFloat16Matrix(rounding: Matrix(row: [.nan]), kernels: kernels).matrix.values[0].isNaN)
    }

    @Test(arguments: VectorKernels.all)
    func `a rounded factor gives a rounded product`(kernels: VectorKernels) {
        var generator = TestGenerator(6)
        let (x, y) = (generator.matrix(3, 37), BFloat16Matrix(rounding: generator.matrix(3, 37)))
        for factor in [Operand.float32(x), .bfloat16(BFloat16Matrix(rounding: x))] {
            let found = factor.times(.bfloat16(y), kernels: kernels)
            let expected = BFloat16Matrix(rounding: factor.matrix.times(y.matrix), kernels: kernels)
            #expect(found.type == .bfloat16 && found.matrix.isIdentical(to: expected.matrix))
        }
    }
}
