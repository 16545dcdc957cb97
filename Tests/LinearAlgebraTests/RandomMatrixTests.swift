import LinearAlgebra
import Testing

@Suite struct RandomMatrixTests {
    @Test(arguments: [0.01, 0.1, 0.5, 0.9])
    func `a dropout mask drops its share and keeps the mean`(probability: Double) {
        var generator = TestGenerator(UInt64(probability * 1000))
        let mask = Matrix.dropoutMask(rows: 400, columns: 501, probability: probability, using: &generator)
        let count = Double(mask.count)
        let dropped = Double(mask.values.count { $0 == 0 }) / count
        // Five deviations of a binomial share.
        let tolerance = 5 * (probability * (1 - probability) / count).squareRoot()
        #expect(abs(dropped - probability) < tolerance, "\(dropped)")
        let keep = Float(1 / (1 - probability))
        #expect(mask.values.allSatisfy { $0 == 0 || $0 == keep })
    }

    @Test func `the four elements of one draw are independent`() {
        var generator = TestGenerator(77)
        let mask = Matrix.dropoutMask(rows: 1, columns: 200_000, probability: 0.5, using: &generator).values
        for distance in 1...8 {
            let both = (0..<mask.count - distance).count { mask[$0] == 0 && mask[$0 + distance] == 0 }
            #expect(abs(Double(both) / 200_000 - 0.25) < 0.006, "distance \(distance): \(both)")
        }
    }

    @Test func `equal generators give equal matrices`() {
        func all(_ seed: UInt64) -> [Matrix] {
            var generator = TestGenerator(seed)
            return [
                .dropoutMask(rows: 3, columns: 7, probability: 0.3, using: &generator),
                .uniform(rows: 3, columns: 7, bound: 2, using: &generator),
                .normal(rows: 3, columns: 7, deviation: 2, using: &generator),
            ]
        }
        #expect(zip(all(1), all(1)).allSatisfy { $0.isIdentical(to: $1) })
        #expect(zip(all(1), all(2)).allSatisfy { !$0.isIdentical(to: $1) })
    }

    @Test(arguments: VectorKernels.all)
    func `a mask takes sixteen bits of a draw for each element, the lowest first`(kernels: VectorKernels) {
        for (rows, columns, probability) in [(1, 1, 0.5), (3, 7, 0.3), (90, 47, 0.1), (64, 64, 0.99)] {
            var (generator, same) = (TestGenerator(8), TestGenerator(8))
            let mask = Matrix.dropoutMask(
                rows: rows, columns: columns, probability: probability, using: &generator, kernels: kernels)
            let words = (0..<(rows * columns + 3) / 4).map { _ in same.next() }
            let expected = (0..<rows * columns).map { index -> Float in
                let draw = words[index / 4] >> (16 * UInt64(index % 4)) & 0xFFFF
                return Double(draw) < (probability * 65536).rounded() ? 0 : Float(1 / (1 - probability))
            }
            #expect(mask.values == expected)
            #expect(generator.next() == same.next())
        }
    }

    @Test func `uniform and normal values have their bounds and moments`() {
        var generator = TestGenerator(5)
        let uniform = Matrix.uniform(rows: 200, columns: 500, bound: 0.25, using: &generator)
        #expect(uniform.values.allSatisfy { abs($0) <= 0.25 })
        // A uniform variance is bound² / 3.
        #expect(abs(uniform.sumOfSquares() / 100_000 - 0.0625 / 3) < 3e-4)
        let normal = Matrix.normal(rows: 200, columns: 500, deviation: 0.02, using: &generator)
        #expect(abs(normal.sumOfSquares() / 100_000 - 4e-4) < 1.5e-5)
        let mean = normal.values.reduce(0) { $0 + Double($1) } / 100_000
        #expect(abs(mean) < 4e-4, "\(mean)")
    }
}
