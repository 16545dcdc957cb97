import Experiments
import LinearAlgebra
import PEFT
import Testing

@Suite struct PartSamplingTests {
    private static let whole = Configuration(
        components: [
            .lora(LoRA(ranks: ConfigurationCase.allRanks.mapValues { 4 * $0 }, alphaOverRank: 2)),
            .bottleneck(Bottleneck(site: .serialFeedForward, widths: [0: 4, 1: 8, 2: 6])),
            .bottleneck(Bottleneck(site: .parallelFeedForward, widths: [1: 5, 2: 8], activation: .relu)),
        ],
        head: HeadSettings(dropout: 0),
        training: TrainingSettings(
            learningRate: 0.01, epochs: 1, batchSize: 4, warmup: 0, sampling: .sandwich))

    private static func parts(_ count: Int) -> [Configuration] {
        var generator = SeededGenerator(seed: 11)
        return [whole.smallestPart] + (0..<count).map { _ in whole.drawnPart(&generator) }
    }

    /// The leading block of a tensor.
    private func block(_ value: Matrix, like other: Matrix) -> Matrix {
        value.firstRows(other.rows).firstColumns(other.columns)
    }

    @Test func `a part acts and learns as the network that it is`() throws {
        let network = try TinyBERT.network(Self.whole)
        network.shake(deviation: 0.3, seed: 2)
        let tensors = Dictionary(uniqueKeysWithValues: network.trainedTensors)
        let batch = TokenBatch(TinyBERT.sequences(6))
        let labels = [0, 1, 2, 0, 1, 2]
        for part in Self.parts(12) {
            let small = try TinyBERT.network(part)
            let own = Dictionary(
                uniqueKeysWithValues: try small.trainedTensors.map { name, value in
                    (name, block(try #require(tensors[name]), like: value))
                })
            #expect(small.setTrained(own).isEmpty)
            network.restrict(toPart: part)
            #expect(difference(network.logits(of: batch), small.logits(of: batch)) < 1e-5)
            _ = network.lossAndGradients(batch, labels: labels)
            _ = small.lossAndGradients(batch, labels: labels)
            let expected = Dictionary(uniqueKeysWithValues: small.trainable.map { ($0.name, $0.gradient) })
            for parameter in network.trainable {
                guard let gradient = expected[parameter.name] ?? nil else {
                    #expect((parameter.gradient?.sumOfSquares() ?? 0) == 0, "\(parameter.name)")
                    continue
                }
                let found = try #require(parameter.gradient)
                let inside = block(found, like: gradient)
                #expect(difference(inside, gradient) < 1e-4, "\(parameter.name)")
                #expect(abs(found.sumOfSquares() - inside.sumOfSquares()) < 1e-6, "\(parameter.name)")
            }
        }
        network.restrict(toPart: nil)
        let again = try TinyBERT.network(Self.whole)
        #expect(again.setTrained(tensors).isEmpty)
        #expect(again.logits(of: batch).isIdentical(to: network.logits(of: batch)))
    }

    @Test func `parts differ in components, blocks and sizes and lie within the whole`() {
        let parts = Self.parts(200)
        #expect(Set(parts.map(\.json.canonicalText)).count > 100)
        let places = Self.whole.components.reduce(into: [:]) {
            $0.merge($1.value.sizes) { first, _ in first }
        }
        for part in parts {
            for (place, size) in part.components.flatMap(\.value.sizes) {
                #expect(size >= 1 && size <= places[place] ?? 0)
            }
            #expect(part.training == Self.whole.training)
        }
        #expect(Set(parts.map(\.components.count)).count >= 3)
    }

    @Test func `training by parts depends on the seed alone and ends with the whole`() throws {
        let networks = try [UInt64(9), 9, 10].map { seed in
            let network = try TinyBERT.network(Self.whole)
            try LifeCycleTests.train(network, Self.whole, seed: seed)
            return network
        }
        let tensors = networks.map { Dictionary(uniqueKeysWithValues: $0.trainedTensors) }
        #expect(tensors[0].allSatisfy { $0.value.isIdentical(to: tensors[1][$0.key]!) })
        #expect(tensors[0].contains { !$0.value.isIdentical(to: tensors[2][$0.key]!) })
        let whole = try TinyBERT.network(Self.whole)
        #expect(whole.setTrained(tensors[0]).isEmpty)
        let batch = LifeCycleTests.batch
        #expect(whole.logits(of: batch).isIdentical(to: networks[0].logits(of: batch)))
    }

    @Test func `a super-network says so, and nothing else does`() throws {
        #expect(Configuration().json["training"]?["sampling"] == nil)
        #expect(Self.whole.json["training"]?["sampling"] == "sandwich")
        #expect(try Configuration(json: Self.whole.json).json == Self.whole.json)
    }
}
