import Experiments
import LinearAlgebra
import PEFT
import Testing

/// Bottlenecks whose weights are computed: what they are made of is left behind
/// when they are handed over.
@Suite struct ComputedBottleneckTests {
    static let batch = TokenBatch(TinyBERT.sequences(8))

    static func bottlenecks(_ change: (inout Bottleneck) -> Void = { _ in }) -> Configuration {
        let adapters = [
            Bottleneck(site: .serialAttention, widths: [0: 4, 2: 8], activation: .gelu),
            Bottleneck(site: .pfeiffer, widths: [1: 4], scale: 2),
        ]
        let components = adapters.map { adapter in
            var adapter = adapter
            change(&adapter)
            return Component.bottleneck(adapter)
        }
        return Configuration(
            components: components, head: HeadSettings(dropout: 0),
            training: TrainingSettings(learningRate: 0.01, epochs: 2, batchSize: 4))
    }

    /// A network of ordinary bottlenecks with the tensors of another.
    static func ordinary(_ network: Transformer) throws -> Transformer {
        let plain = try TinyBERT.network(bottlenecks())
        let head = network.trainedTensors.filter { !$0.name.contains("bottleneck") }
        let tensors = Dictionary(uniqueKeysWithValues: network.bottleneckTensors + head)
        #expect(plain.setTrained(tensors).isEmpty && tensors.count == plain.trainable.count)
        return plain
    }

    @Test(arguments: Bottleneck.Form.allCases)
    func `adapters of every form are handed over as ordinary ones`(form: Bottleneck.Form) throws {
        let configuration = Self.bottlenecks { $0.form = form }
        let network = try TinyBERT.network(configuration)
        try LifeCycleTests.train(network, configuration)
        let logits = network.logits(of: Self.batch)
        let fresh = try TinyBERT.network(Self.bottlenecks())
        #expect(difference(logits, fresh.logits(of: Self.batch)) > 1e-3)
        #expect(try Self.ordinary(network).logits(of: Self.batch).isIdentical(to: logits))
    }

    @Test func `layers learn one map of generated adapters`() throws {
        let configuration = Self.bottlenecks {
            $0.form = .hypernetwork
            $0.embeddingSize = 2
        }
        let names = try TinyBERT.network(configuration).trainable.map(\.name)
        let own = names.filter { $0.hasPrefix("encoder.") }
        #expect(own.count == 3 && own.allSatisfy { $0.hasSuffix("embedding.weight") })
        #expect(names.filter { $0.hasPrefix("bottleneck.hypernetwork_2.") }.count == 4)
    }
}
