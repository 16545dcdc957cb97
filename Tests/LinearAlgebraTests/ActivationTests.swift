import Foundation
import LinearAlgebra
import Testing

/// The activations against their formulas in double precision.
@Suite struct ActivationTests {
    /// -12 ... 12 in steps of 1/512, and the corners.
    static let grid: [Float] =
        (-6144...6144).map { Float($0) / 512 } + [
            0, -0.0, 50, -50, 13, -13, 12.999, -12.999, 1e-3, -1e-3, 1e4, -1e4,
            .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, -.leastNormalMagnitude,
            1e-30, -1e-30,
        ]

    static func normal(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
    static func density(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }

    static let formulas: [(Activation, @Sendable (Double) -> Double, @Sendable (Double) -> Double)] = [
        (.gelu, { $0 * normal($0) }, { normal($0) + $0 * density($0) }),
        (.relu, { max(0, $0) }, { $0 > 0 ? 1 : 0 }),
        (.tanh, { Foundation.tanh($0) }, { 1 - Foundation.tanh($0) * Foundation.tanh($0) }),
    ]

    /// Of GELU the distribution function's approximation is allowed 7.5e-8,
    /// times |x| below 6, plus its roundings: 1e-6.
    @Test func `outputs are within 1e-6 of the formulas`() {
        for (activation, formula, _) in Self.formulas {
            let found = activation.forward(Matrix(row: Self.grid)).values
            let difference = largestDifference(found, Self.grid.map { formula(Double($0)) })
            #expect(difference < 1e-6, "\(activation): \(difference)")
        }
    }

    @Test func `slopes are within 1e-6 of the formulas, for gradients of both signs`() {
        for (activation, _, derivative) in Self.formulas {
            for gradient: Float in [1, -0.75, 0] {
                let dy = Matrix(row: Self.grid.map { _ in gradient })
                let found = activation.backward(dy, input: Matrix(row: Self.grid)).values
                let expected = Self.grid.map { Double(gradient) * derivative(Double($0)) }
                let difference = largestDifference(found, expected)
                #expect(difference < 1e-6, "\(activation) times \(gradient): \(difference)")
            }
        }
    }

    @Test func `a place in a chunk does not matter`() {
        for count in [1, 15, 16, 17, 31, 33] {
            let values = Array(Self.grid.prefix(count))
            for (activation, _, _) in Self.formulas {
                let whole = activation.forward(Matrix(row: values)).values
                let single = values.map { activation.forward(Matrix(row: [$0])).values[0] }
                #expect(whole.map(\.bitPattern) == single.map(\.bitPattern))
            }
        }
    }

    @Test func `the rectifier is exact, and 0 at both zeros`() {
        let x: [Float] = [
            0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 3, -3, .infinity, -.infinity,
        ]
        let expected: [Float] = [0, 0, .leastNonzeroMagnitude, 0, 3, 0, .infinity, 0]
        let found = Activation.relu.forward(Matrix(row: x)).values
        #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
        let slopes = Activation.relu.backward(Matrix(row: x.map { _ in 1 }), input: Matrix(row: x)).values
        #expect(slopes == [0, 0, 1, 0, 1, 0, 1, 0])
    }

    @Test func `what is not a number stays so in GELU and tanh`() {
        for activation in [Activation.gelu, .tanh] {
            let found = activation.forward(Matrix(row: [.nan, -.nan, 1])).values
            #expect(found[0].isNaN && found[1].isNaN && !found[2].isNaN)
        }
    }
}
