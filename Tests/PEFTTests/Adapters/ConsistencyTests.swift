import Experiments
import LinearAlgebra
import PEFT
import Testing

/// Steps of two passes: AdaMix's second loss. Its values beside PyTorch's are
/// the golden case `adamix`.
@Suite struct ConsistencyTests {
    static func configuration(consistency: Double, copies: Int = 3) -> Configuration {
        Configuration(
            components: [
                .bottleneck(
                    Bottleneck(
                        site: .pfeiffer, widths: [1: 3, 2: 3], activation: .gelu, copies: copies,
                        consistency: consistency))
            ],
            head: HeadSettings(dropout: 0),
            training: TrainingSettings(learningRate: 0.01, epochs: 1, batchSize: 20, warmup: 0))
    }

    static let targets: [Targets] = [
        .labels([0, 2, 1]), .values([0.5, 1, -1]),
        .tags(WordTags(tags: [0, 1], offsets: [0, 1, 2], firstTokens: [1, 0])),
    ]

    /// A third row between the words is compared with nothing.
    @Test(arguments: targets.indices)
    func `the divergence of two passes has the slope that it says`(kind: Int) {
        let targets = Self.targets[kind]
        let columns = kind == 1 ? 1 : 3
        var generator = SeededGenerator(seed: 5, purpose: "outputs")
        let a = Matrix.normal(rows: 3, columns: columns, deviation: 1, using: &generator)
        let b = Matrix.normal(rows: 3, columns: columns, deviation: 1, using: &generator)
        let found = targets.divergence(a, b, offsets: [0, 2, 3])
        #expect(found.value > 0.01)
        #expect(abs(found.value - targets.divergence(b, a, offsets: [0, 2, 3]).value) < 1e-6)
        #expect(targets.divergence(a, a, offsets: [0, 2, 3]).value == 0)
        let step: Float = 1e-2
        for index in a.values.indices {
            func value(_ change: Float, inFirst: Bool) -> Double {
                var moved = inFirst ? a : b
                moved[index / columns, index % columns] += change
                return targets.divergence(inFirst ? moved : a, inFirst ? b : moved, offsets: [0, 2, 3]).value
            }
            for (gradient, inFirst) in [(found.first, true), (found.second, false)] {
                let slope =
                    (value(step, inFirst: inFirst) - value(-step, inFirst: inFirst)) / Double(2 * step)
                #expect(abs(slope - Double(gradient.values[index])) < 1e-3)
            }
        }
        guard kind == 2 else { return }
        #expect(found.first.values[0..<3].allSatisfy { $0 == 0 })
    }

    @Test func `a step moves a copy of each map for either pass`() throws {
        var counts: Set<Int> = []
        for seed: UInt64 in 0..<6 {
            let network = try TinyBERT.network(Self.configuration(consistency: 1))
            network.shake(deviation: 0.1, seed: 2)
            let start = network.trainedTensors
            try LifeCycleTests.train(network, Self.configuration(consistency: 1), seed: seed)
            let moved = zip(start, network.trainedTensors).filter { !$0.value.isIdentical(to: $1.value) }
            counts.insert(moved.filter { $0.0.name.hasSuffix("bias") && $0.0.name.contains("copies") }.count)
        }
        // Of four maps: one copy each where both passes drew the same, else two.
        #expect(counts.allSatisfy((4...8).contains) && counts.contains { $0 > 4 })
    }

    @Test func `the second loss is added with its weight, and passes that are alike add nothing`() throws {
        let batch = TokenBatch(TinyBERT.sequences(4))
        func loss(_ consistency: Double, draws: Bool) throws -> Double {
            let network = try TinyBERT.network(Self.configuration(consistency: consistency))
            network.shake(deviation: 0.3, seed: 2)
            return network.lossAndGradients(batch, targets: .labels([0, 1, 2, 0]), draws: draws).loss
        }
        let (none, half, whole) = (
            try loss(0, draws: true), try loss(0.5, draws: true), try loss(1, draws: true)
        )
        #expect(half > none && abs((whole - none) - 2 * (half - none)) < 1e-9)
        #expect(try loss(1, draws: false) == loss(0, draws: false))
    }

    @Test func `a step with two passes costs twice the operations and more memory`() throws {
        let sequence = TinyBERT.sequences(3, seed: 8)[1]
        let tokens = sequence.ids.count
        let facts = DataFacts(
            labels: ["a", "b", "c"], trainExamples: 1, validationExamples: 1, testExamples: nil,
            trainTokens: tokens, validationTokens: tokens, squaredTokens: tokens * tokens,
            majorityShare: 0.5)
        let costs = Costs(shape: try TinyBERT.base().shape, data: facts)
        func run(_ configuration: Configuration) throws -> Double {
            let products = ProfiledProducts(OpenBLASProducts()) { 0 }
            _ = try TinyBERT.network(configuration).lossAndGradients(
                TokenBatch([sequence]), targets: .labels([1]), by: products)
            return products.times.values.reduce(0) { $0 + $1.operations }
        }
        let (one, two) = (Self.configuration(consistency: 0), Self.configuration(consistency: 1))
        #expect(try run(two) == 2 * run(one))
        #expect(costs.trainingFLOPsPerExample(of: two) == 2 * costs.trainingFLOPsPerExample(of: one))
        #expect(costs.forwardFLOPsPerExample(of: two) == costs.forwardFLOPsPerExample(of: one))
        let numerics = Numerics.float32
        #expect(
            costs.trialBytes(of: two, numerics: numerics) >= costs.trialBytes(of: one, numerics: numerics))
        #expect(
            costs.work(of: two, numerics: numerics).training
                > 1.9 * costs.work(of: one, numerics: numerics).training
                - costs.work(of: Configuration(), numerics: numerics).training)
    }
}
