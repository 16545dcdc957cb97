import Experiments
import LinearAlgebra
import PEFT
import TestSupport
import Testing

/// Every component's gradients against finite differences of the loss, through
/// the whole network in float32.
@Suite struct GradientTests {
    static let step: Float = 5e-3
    static let tolerance = 1e-2

    /// Along `g ⊙ u` with u uniform in 0 ... 2, of length 1: a direction in
    /// which no large part of the gradient cancels.
    static func direction(of gradient: Matrix, name: String) -> Matrix {
        var generator = SeededGenerator(seed: 17, purpose: name)
        let share = Matrix.uniform(
            rows: gradient.rows, columns: gradient.columns, bound: 1, using: &generator)
        var direction = gradient.times(share)
        direction.add(gradient)
        direction.scale(by: Float(1 / max(direction.sumOfSquares().squareRoot(), 1e-30)))
        return direction
    }

    /// - Parameter hasKinks: whether a shorter step may show what a longer one
    ///   with a kink within does not.
    /// - Returns: the largest error as a share of the slope, of 3e-3 where that is
    ///   less: what two losses in float32 round to over the step is 3e-5.
    @discardableResult
    static func check(
        _ network: Transformer, _ message: String, hasKinks: Bool = false,
        on batch: TokenBatch = TokenBatch(TinyBERT.sequences(6))
    ) throws -> Double {
        let labels = [0, 1, 2, 0, 1, 2]
        network.shake(deviation: 0.3, seed: 2)
        _ = network.lossAndGradients(batch, labels: labels)
        var largest = 0.0
        for (parameter, gradient) in network.trainable.map({ ($0, $0.gradient) }) {
            let gradient = try #require(gradient, "\(message): \(parameter.name) has no gradient")
            let direction = direction(of: gradient, name: parameter.name)
            let found = gradient.times(direction).total
            func measured(step: Float) -> Double {
                let expected = slope(of: network, along: direction, of: parameter, step: step) {
                    network.lossAndGradients(batch, labels: labels).loss
                }
                return abs(found - expected) / (abs(expected) + 3e-3)
            }
            var error = measured(step: step)
            if hasKinks, error > tolerance { error = min(error, measured(step: step / 5)) }
            #expect(error < tolerance, "\(message): \(parameter.name): \(error)")
            largest = max(largest, error)
        }
        return largest
    }

    private static func slope(
        of network: Transformer, along direction: Matrix, of parameter: PEFT.Parameter, step: Float,
        loss: () -> Double
    ) -> Double {
        let start = parameter.value
        let losses = [step, -step].map { step in
            var moved = start
            moved.add(direction, scale: step)
            parameter.move(to: moved, of: network)
            return loss()
        }
        parameter.move(to: start, of: network)
        return (losses[0] - losses[1]) / Double(2 * step)
    }

    @Test(arguments: ConfigurationCase.all)
    func `slopes are those of finite differences within 1 percent`(example: ConfigurationCase) throws {
        if let reason = example.slopeObstacle { return example.record(.slopes, impossible: reason) }
        let error = try Self.check(
            try TinyBERT.network(example.configuration), example.testDescription, hasKinks: example.hasKinks)
        example.record(.slopes, error, tolerance: Self.tolerance)
    }

    @Test(arguments: 0..<12)
    func `slopes of random hybrids are those of finite differences within 1 percent`(seed: Int) throws {
        let configuration = Configuration.random(seed: UInt64(seed), smooth: true)
        try Self.check(try TinyBERT.network(configuration), configuration.json.canonicalText)
    }

    @Test func `a wrong gradient would be seen`() throws {
        let network = try TinyBERT.network(ConfigurationCase.all[3].configuration)
        let batch = TokenBatch(TinyBERT.sequences(6))
        network.shake(deviation: 0.3, seed: 2)
        let before = network.lossAndGradients(batch, labels: [0, 1, 2, 0, 1, 2]).loss
        let parameter = try #require(network.trainable.first { $0.name.hasSuffix("lora_A.weight") })
        let gradient = try #require(parameter.gradient)
        var moved = parameter.value
        moved.add(Self.direction(of: gradient, name: "x"), scale: Self.step)
        parameter.move(to: moved, of: network)
        let after = network.lossAndGradients(batch, labels: [0, 1, 2, 0, 1, 2]).loss
        let slope = (after - before) / Double(Self.step)
        #expect(slope > 3e-4, "the slope \(slope) would drown in the tolerance")
    }
}

extension Matrix {
    /// The sum of all elements in double precision.
    fileprivate var total: Double { values.reduce(0) { $0 + Double($1) } }
}
