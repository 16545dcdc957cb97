import Foundation
import LinearAlgebra
import Testing

@Suite struct AdamWTests {
    /// AdamW in double precision, with ε outside the root.
    static func reference(
        _ start: [Double], _ gradients: [[Double]], rate: Double, decay: Double
    ) -> [Double] {
        var (p, m, v) = (start, start.map { _ in 0.0 }, start.map { _ in 0.0 })
        for (step, gradient) in gradients.enumerated() {
            for i in p.indices {
                m[i] = 0.9 * m[i] + 0.1 * gradient[i]
                v[i] = 0.999 * v[i] + 0.001 * gradient[i] * gradient[i]
                let first = m[i] / (1 - pow(0.9, Double(step + 1)))
                let second = v[i] / (1 - pow(0.999, Double(step + 1)))
                p[i] = p[i] * (1 - rate * decay) - rate * first / (second.squareRoot() + 1e-8)
            }
        }
        return p
    }

    @Test(arguments: [(1, 1), (3, 5), (4, 16), (2, 35)], VectorKernels.all)
    func `twenty steps are within 2e-5 of plain loops`(
        size: (rows: Int, columns: Int), kernels: VectorKernels
    ) {
        let (rows, columns) = size
        var generator = TestGenerator(UInt64(rows * columns))
        let start = generator.matrix(rows, columns)
        let gradients = (0..<20).map { _ in generator.matrix(rows, columns, deviation: 0.1) }
        for (rate, decay) in [(0.01, 0.0), (0.05, 0.1)] {
            var parameter = start
            var moments = AdamWMoments(rows: rows, columns: columns)
            for (index, gradient) in gradients.enumerated() {
                moments.update(
                    &parameter, gradient: gradient, scale: 0.5, step: index + 1, rate: rate, decay: decay,
                    kernels: kernels)
            }
            let expected = Self.reference(
                start.values.map(Double.init), gradients.map { $0.values.map { 0.5 * Double($0) } },
                rate: rate,
                decay: decay)
            let difference = largestDifference(parameter.values, expected)
            #expect(difference < 2e-5, "rate \(rate), decay \(decay): \(difference)")
        }
    }

    @Test func `the first step is the rate against the gradient's sign`() {
        var parameter = Matrix(row: [1, 1, 1])
        var moments = AdamWMoments(rows: 1, columns: 3)
        moments.update(
            &parameter, gradient: Matrix(row: [0.5, -3, 0]), scale: 1, step: 1, rate: 0.25, decay: 0)
        #expect(largestDifference(parameter.values, [0.75, 1.25, 1]) < 5e-6)
    }

    @Test func `without a gradient only the decay acts`() {
        var parameter = Matrix(row: [2])
        var moments = AdamWMoments(rows: 1, columns: 1)
        moments.update(&parameter, gradient: Matrix(row: [0]), scale: 1, step: 1, rate: 0.5, decay: 0.5)
        #expect(parameter.values == [1.5])
    }
}
