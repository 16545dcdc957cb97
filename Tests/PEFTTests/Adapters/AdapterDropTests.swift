import Experiments
import LinearAlgebra
import PEFT
import Testing

@Suite struct AdapterDropTests {
    static let configuration = Configuration(
        components: [
            .bottleneck(Bottleneck(site: .serialFeedForward, widths: [0: 3, 1: 3, 2: 3], droppedLayers: 2)),
            .bottleneck(Bottleneck(site: .pfeiffer, widths: [0: 3, 1: 3, 2: 3], droppedLayers: 2)),
        ],
        head: HeadSettings(dropout: 0),
        training: TrainingSettings(learningRate: 0.01, epochs: 1, batchSize: 20, warmup: 0))

    /// The blocks whose adapters one step moves.
    private func moved(seed: UInt64) throws -> Set<Int> {
        let network = try TinyBERT.network(Self.configuration)
        let start = network.trainedTensors
        try LifeCycleTests.train(network, Self.configuration, seed: seed)
        let moved = zip(start, network.trainedTensors).filter { !$0.value.isIdentical(to: $1.value) }
        let names = moved.map(\.0.name).filter { $0.contains("bottleneck") }
        // U's bias moves where the adapter took part.
        return Set(names.filter { $0.hasSuffix("up.bias") }.compactMap { Int($0.split(separator: ".")[2]) })
    }

    @Test func `a step trains the adapters from a drawn block up, of all sites alike`() throws {
        let seen = Set(try (0..<20).map { try moved(seed: $0) })
        #expect(seen == [[0, 1, 2], [1, 2], [2]])
        #expect(try moved(seed: 3) == moved(seed: 3))
    }

    @Test func `after training all adapters are there`() throws {
        let network = try TinyBERT.network(Self.configuration)
        for seed: UInt64 in 0..<6 { try LifeCycleTests.train(network, Self.configuration, seed: seed) }
        let batch = TokenBatch(TinyBERT.sequences(4))
        let loaded = try TinyBERT.network(Self.configuration)
        #expect(
            loaded.setTrained(Dictionary(uniqueKeysWithValues: network.trainedTensors)).isEmpty)
        #expect(loaded.logits(of: batch).isIdentical(to: network.logits(of: batch)))
    }
}
