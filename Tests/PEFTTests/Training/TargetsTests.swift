import Experiments
import LinearAlgebra
import PEFT
import Testing

/// What outputs are compared with, and the slopes of that.
@Suite struct TargetsTests {
    static let tags = Targets.tags(
        WordTags(tags: [0, 2, 1, 1, 0], offsets: [0, 2, 2, 5], firstTokens: [1, 3, 1, -1, 4]))
    /// Sequences of 5, 2 and 6 tokens.
    static let offsets = [0, 5, 7, 13]

    private func outputs(_ rows: Int, _ columns: Int) -> Matrix {
        var generator = SeededGenerator(seed: 5)
        return .normal(rows: rows, columns: columns, deviation: 1, using: &generator)
    }

    private func expectSlope(_ targets: Targets, _ outputs: Matrix, offsets: [Int]) {
        let (_, gradient) = targets.loss(of: outputs, offsets: offsets)
        for row in 0..<outputs.rows {
            for column in 0..<outputs.columns {
                let step: Float = 1e-2
                let losses = [step, -step].map { step in
                    var moved = outputs
                    moved[row, column] += step
                    return targets.loss(of: moved, offsets: offsets).loss
                }
                let slope = (losses[0] - losses[1]) / Double(2 * step)
                #expect(abs(slope - Double(gradient[row, column])) < 1e-4, "\(row), \(column)")
            }
        }
    }

    @Test func `slopes are those of finite differences`() {
        expectSlope(.labels([0, 2, 1]), outputs(3, 3), offsets: [0, 1, 2, 3])
        expectSlope(.values([0.5, -2, 1]), outputs(3, 1), offsets: [0, 1, 2, 3])
        expectSlope(Self.tags, outputs(13, 3), offsets: Self.offsets)
    }

    @Test func `a token that carries no tag is compared with nothing`() {
        let outputs = outputs(13, 3)
        let (loss, gradient) = Self.tags.loss(of: outputs, offsets: Self.offsets)
        let rows = [1, 3, 8, 11]
        for row in 0..<13 {
            #expect((0..<3).contains { gradient[row, $0] != 0 } == rows.contains(row), "row \(row)")
        }
        let expected = SoftmaxCrossEntropy.forward(outputs.gatherRows(rows), labels: [0, 2, 1, 0]).loss
        #expect(loss == expected)
        let nothing = Targets.tags(WordTags(tags: [1], offsets: [0, 1], firstTokens: [-1]))
        let (none, slopes) = nothing.loss(of: outputs.gatherRows([0, 1]), offsets: [0, 2])
        #expect(none == 0 && slopes.values.allSatisfy { $0 == 0 })
    }

    @Test func `a network learns tags and numbers`() throws {
        let settings = TrainingSettings(learningRate: 0.02, epochs: 40, batchSize: 5, schedule: .constant)
        let sequences = TinyBERT.sequences(20)
        let tags = sequences.map { $0.ids.dropFirst().map { $0 % 2 } }
        let targets: [Targets] = [
            .values(sequences.map { Double($0.ids[1]) / 30 - 1 }),
            .tags(
                WordTags(
                    tags: tags.flatMap { $0 },
                    offsets: tags.reduce(into: [0]) { $0.append($0.last! + $1.count) },
                    firstTokens: tags.flatMap { $0.indices.map { Int32($0 + 1) } })),
        ]
        for (outputs, targets) in zip([1, 2], targets) {
            let configuration = Configuration(
                components: [.lora(LoRA(ranks: ConfigurationCase.allRanks))],
                head: HeadSettings(pooler: .absent, dropout: 0), training: settings)
            let network = try Transformer.attach(
                configuration, to: TinyBERT.base(), classes: outputs, reading: targets.readRows, seed: 1)
            let source = BatchSource.tokens(EncodedSplit(sequences: sequences, targets: targets))
            let before = try Evaluation(of: network, on: source, targets: targets, batchSize: 3)
            #expect(
                abs(before.loss - (try Evaluation(of: network, on: source, targets: targets).loss)) < 1e-5)
            var trainer = Trainer(
                network, on: source, targets: targets, settings: settings, studySeed: 4, trialSeed: 9,
                products: OpenBLASProducts())
            try trainer.run()
            let after = try Evaluation(of: network, on: source, targets: targets).loss
            #expect(after < before.loss / 2, "from \(before.loss) to \(after)")
        }
    }
}
