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

    static func forward(
        _ activation: Activation, _ x: [Float], _ kernels: VectorKernels
    ) -> (y: [Float], slope: [Float]) {
        let (y, slope) = activation.forward(.float32(Matrix(row: x)), as: .float32, kernels: kernels)
        return (y.matrix.values, slope!.matrix.values)
    }

    /// Of GELU the distribution function's approximation is allowed 7.5e-8,
    /// times |x| below 6, plus its roundings: 1e-6.
    @Test(arguments: VectorKernels.all)
    func `outputs and slopes are within 1e-6 of the formulas`(kernels: VectorKernels) {
        for (activation, formula, derivative) in Self.formulas {
            let (y, slope) = Self.forward(activation, Self.grid, kernels)
            let difference = largestDifference(y, Self.grid.map { formula(Double($0)) })
            #expect(difference < 1e-6, "\(activation): \(difference)")
            let slopeDifference = largestDifference(slope, Self.grid.map { derivative(Double($0)) })
            #expect(slopeDifference < 1e-6, "\(activation)'s slope: \(slopeDifference)")
        }
    }

    @Test(arguments: VectorKernels.all)
    func `a place in a chunk does not matter, nor whether the slope is asked for`(kernels: VectorKernels) {
        for count in [1, 15, 16, 17, 31, 33] {
            let values = Array(Self.grid.prefix(count))
            for (activation, _, _) in Self.formulas {
                let whole = Self.forward(activation, values, kernels)
                let single = values.map { Self.forward(activation, [$0], kernels) }
                #expect(whole.y.map(\.bitPattern) == single.map { $0.y[0].bitPattern })
                #expect(whole.slope.map(\.bitPattern) == single.map { $0.slope[0].bitPattern })
                let (alone, slope) = activation.forward(
                    .float32(Matrix(row: values)), as: .float32, needsSlope: false, kernels: kernels)
                #expect(alone.matrix.values == whole.y && slope == nil)
            }
        }
    }

    @Test(arguments: VectorKernels.all)
    func `in bfloat16 outputs and slopes are those of float32, rounded`(kernels: VectorKernels) {
        let normal = Self.grid.filter { $0 == 0 || $0.isNormal && abs($0) > 1e-20 }
        let x = BFloat16Matrix(rounding: Matrix(row: normal), kernels: kernels)
        for (activation, _, _) in Self.formulas {
            let exact = Self.forward(activation, x.matrix.values, kernels)
            for input in [Operand.bfloat16(x), .float32(x.matrix)] {
                let (y, slope) = activation.forward(input, as: .bfloat16, kernels: kernels)
                for (found, expected) in [(y, exact.y), (slope!, exact.slope)] {
                    let rounded = BFloat16Matrix(rounding: Matrix(row: expected), kernels: kernels)
                    #expect(found.matrix.isIdentical(to: rounded.matrix), "\(activation)")
                }
            }
        }
    }

    @Test(arguments: VectorKernels.all)
    func `the rectifier is exact, and 0 at both zeros`(kernels: VectorKernels) {
        let x: [Float] = [
            0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 3, -3, .infinity, -.infinity,
        ]
        let expected: [Float] = [0, 0, .leastNonzeroMagnitude, 0, 3, 0, .infinity, 0]
        let (y, slope) = Self.forward(.relu, x, kernels)
        #expect(y.map(\.bitPattern) == expected.map(\.bitPattern))
        #expect(slope == [0, 0, 1, 0, 1, 0, 1, 0])
    }

    @Test(arguments: VectorKernels.all)
    func `what is not a number stays so`(kernels: VectorKernels) {
        for activation in [Activation.gelu, .relu, .tanh] {
            let (y, _) = Self.forward(activation, [.nan, -.nan, 1], kernels)
            #expect(y[0].isNaN && y[1].isNaN && !y[2].isNaN, "\(activation)")
        }
    }
}
