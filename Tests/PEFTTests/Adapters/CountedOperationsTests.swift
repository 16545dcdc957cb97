import Experiments
import LinearAlgebra
import PEFT
import Testing

/// The operations that `Costs` counts are those that the network runs, for a
/// head over the first row and for one over all.
@Suite struct CountedOperationsTests {
    private static let sequence = TinyBERT.sequences(3, seed: 8)[1]

    /// What Costs counts of a step on one sequence, attention left out.
    private func counted(_ configuration: Configuration, _ kind: TaskDefinition.Kind) throws -> Double {
        let tokens = Self.sequence.ids.count
        let facts = DataFacts(
            labels: ["a", "b", "c"], trainExamples: 1, validationExamples: 1, testExamples: nil,
            trainTokens: tokens, validationTokens: tokens, squaredTokens: 0, majorityShare: 0.5)
        let costs = Costs(shape: try TinyBERT.base().shape, data: facts, task: kind)
        // Attention of the last block is counted by its tokens where only one row asks.
        let asked = kind == .tokenClassification ? 0 : Double(tokens)
        let passes = configuration.components.isEmpty ? 1.0 : 3
        return costs.trainingFLOPsPerExample(of: configuration) - passes * 4 * 16 * asked
    }

    private func run(_ configuration: Configuration, _ targets: Targets) throws -> Double {
        let network = try Transformer.attach(
            configuration, to: TinyBERT.base(), classes: 3, reading: targets.readRows, seed: 1)
        let products = ProfiledProducts(OpenBLASProducts()) { 0 }
        _ = network.lossAndGradients(TokenBatch([Self.sequence]), targets: targets, by: products)
        return products.times.values.reduce(0) { $0 + $1.operations }
    }

    static let components: [[Component]] = [
        [.unfreeze(Unfreezing(layers: [0, 1, 2], embeddings: true))],
        [.lora(LoRA(ranks: ConfigurationCase.allRanks))],
        [
            .lora(
                LoRA(ranks: [Site(layer: 0, projection: .query): 2, Site(layer: 2, projection: .query): 3])),
            .bottleneck(Bottleneck(site: .serialAttention, widths: [2: 4])),
        ],
    ]

    @Test(arguments: components)
    func `a training step runs as many as are counted`(components: [Component]) throws {
        let configuration = Configuration(
            components: components, head: HeadSettings(pooler: .absent, dropout: 0))
        let words = Array(Self.sequence.ids.indices.dropFirst())
        let tags = WordTags(
            tags: words.map { Int32($0 % 3) }, offsets: [0, words.count], firstTokens: words.map(Int32.init))
        #expect(try run(configuration, .tags(tags)) == counted(configuration, .tokenClassification))
        #expect(try run(configuration, .labels([1])) == counted(configuration, .classification))
    }
}
