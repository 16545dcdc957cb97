import LinearAlgebra
import Testing

@Suite struct LayerNormalizationTests {
    static func reference(
        _ x: [[Double]], weight: [Double], bias: [Double], epsilon: Double
    ) -> [[Double]] {
        x.map { row in
            let count = Double(row.count)
            let mean = row.reduce(0, +) / count
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
            return row.indices.map {
                weight[$0] * (row[$0] - mean) / (variance + epsilon).squareRoot() + bias[$0]
            }
        }
    }

    @Test(arguments: [1, 2, 15, 16, 17, 40, 384], VectorKernels.all)
    func `outputs are within 5e-6 of plain loops, and a residual is added first`(
        columns: Int, kernels: VectorKernels
    ) {
        var generator = TestGenerator(UInt64(columns))
        var x = generator.matrix(6, columns, deviation: 3)
        for column in 0..<columns { x[0, column] += 100 }
        let (weight, bias) = (generator.matrix(1, columns), generator.matrix(1, columns))
        let found = LayerNormalization.forward(
            x, weight: weight, bias: bias, epsilon: 1e-5, kernels: kernels
        ).y
        let expected = Self.reference(
            x.doubles, weight: weight.doubles[0], bias: bias.doubles[0], epsilon: Double(Float(1e-5)))
        let rows = found.gatherRows(Array(1..<6))
        let difference = largestDifference(rows.values, expected.dropFirst().flatMap { $0 })
        #expect(difference < 5e-6, "\(difference)")
        // The mean of the first row takes five of its bits.
        let shifted = largestDifference(found.gatherRows([0]).values, expected[0])
        #expect(shifted < 2e-4, "\(shifted)")

        let residual = generator.matrix(6, columns)
        var sum = x
        sum.add(residual, kernels: kernels)
        let (ofSum, ofBoth) = (
            LayerNormalization.forward(
                sum, weight: weight, bias: bias, epsilon: 1e-5, kernels: kernels),
            LayerNormalization.forward(
                x, plus: residual, weight: weight, bias: bias, epsilon: 1e-5, kernels: kernels)
        )
        #expect(ofBoth.y.isIdentical(to: ofSum.y))
        #expect(ofBoth.cache.normalized.isIdentical(to: ofSum.cache.normalized))
    }

    @Test(arguments: [2, 16, 19, 64], VectorKernels.all)
    func `gradients are within 1e-4 of finite differences`(columns: Int, kernels: VectorKernels) {
        var generator = TestGenerator(UInt64(columns))
        let (x, dy) = (generator.matrix(4, columns), generator.matrix(4, columns))
        let (weight, bias) = (generator.matrix(1, columns), generator.matrix(1, columns))
        let epsilon: Float = 1e-5
        func loss(_ x: [[Double]], _ weight: [Double], _ bias: [Double]) -> Double {
            dot(Self.reference(x, weight: weight, bias: bias, epsilon: Double(epsilon)), dy.doubles)
        }
        let cache = LayerNormalization.forward(
            x, weight: weight, bias: bias, epsilon: epsilon, kernels: kernels
        ).cache
        let dx = LayerNormalization.backward(dy, weight: weight, cache: cache, kernels: kernels)
        for _ in 0..<5 {
            let direction = generator.matrix(4, columns).doubles
            let expected = slope(at: x.doubles, along: direction) {
                loss($0, weight.doubles[0], bias.doubles[0])
            }
            let found = dot(dx.doubles, direction)
            #expect(abs(found - expected) < 1e-4 * max(1, abs(expected)), "x: \(found), expected \(expected)")
        }
        let dWeight = dy.times(cache.normalized).sumOfRows()
        let direction = generator.matrix(1, columns).doubles
        let expected = slope(at: weight.doubles, along: direction) { loss(x.doubles, $0[0], bias.doubles[0]) }
        let found = dot(dWeight.doubles, direction)
        #expect(
            abs(found - expected) < 1e-4 * max(1, abs(expected)), "weight: \(found), expected \(expected)")
    }

    @Test func `a row of equal values becomes the bias`() {
        let x = Matrix(rows: 1, columns: 20, values: [Float](repeating: 7, count: 20))
        let bias = Matrix(row: (0..<20).map(Float.init))
        let one = Matrix(row: [Float](repeating: 1, count: 20))
        #expect(
            LayerNormalization.forward(x, weight: one, bias: bias, epsilon: 1e-12).y.values == bias.values)
    }
}
