import Foundation
import LinearAlgebra
import Testing

@Suite struct VectorMathTests {
    @Test func `the exponential is within 2 units in the last place from -87 to 88`() {
        var largest = 0.0
        for step in 0...1_750_000 {
            let x = min(-87 + Float(step) * 1e-4, 88)
            let found = VectorMath.exp(Lanes(repeating: x))[step % 16]
            let exact = exp(Double(x))
            largest = max(largest, abs(Double(found) - exact) / Double(Float(exact).ulp))
        }
        #expect(largest < 2, "\(largest) units in the last place")
    }

    @Test func `the exponential of both zeros is 1`() {
        #expect(
            VectorMath.exp(Lanes(repeating: 0))[0] == 1 && VectorMath.exp(Lanes(repeating: -0.0))[15] == 1)
    }

    @Test(arguments: [87, 13, 1e-10] as [Float])
    func `a magnitude is that of the value, at most the limit`(limit: Float) {
        var values: [Float] = [
            0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, limit, -limit, limit.nextUp,
            limit.nextDown, 1e38, -1e38,
        ]
        values += [.infinity, -.infinity, .leastNormalMagnitude]
        for exponent in -40...38 {
            values += [Float(pow(10.0, Double(exponent))), -Float(pow(10.0, Double(exponent)))]
        }
        for (place, value) in values.enumerated() {
            var lanes = Lanes.zero
            lanes[place % 16] = value
            let found = VectorMath.magnitude(lanes, limit: limit)[place % 16]
            #expect(found == min(abs(value), limit), "\(value)")
        }
    }
}
