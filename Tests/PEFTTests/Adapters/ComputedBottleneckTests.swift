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

    @Test(arguments: Bottleneck.Form.allCases)
    func `copies are handed over as one adapter, their mean`(form: Bottleneck.Form) throws {
        let configuration = Self.bottlenecks {
            $0.form = form
            $0.copies = 3
        }
        let network = try TinyBERT.network(configuration)
        try LifeCycleTests.train(network, configuration)
        let logits = network.logits(of: Self.batch)
        #expect(try Self.ordinary(network).logits(of: Self.batch).isIdentical(to: logits))
        guard form == .dense else { return }
        let trained = Dictionary(uniqueKeysWithValues: network.trainedTensors.map { ($0.name, $0.value) })
        for (name, value) in network.bottleneckTensors {
            let parts = name.split(separator: ".").map(String.init)
            let copies = (0..<3).map { copy in
                trained[
                    (parts.dropLast(2) + ["copies", "\(copy)"] + parts.suffix(2)).joined(separator: ".")]!
            }
            let mean = copies.dropFirst().reduce(into: copies[0]) { $0.add($1) }.map { $0 / 3 }
            #expect(difference(mean, value) < 1e-6, "\(name)")
        }
    }

    @Test(arguments: Bottleneck.Form.allCases)
    func `copies begin alike`(form: Bottleneck.Form) throws {
        func tensors(copies: Int) throws -> [(name: String, value: Matrix)] {
            try TinyBERT.network(
                Self.bottlenecks {
                    $0.form = form
                    $0.copies = copies
                }
            ).bottleneckTensors
        }
        // A mean of two equal numbers is exact.
        for (copied, single) in zip(try tensors(copies: 2), try tensors(copies: 1)) {
            #expect(copied.name == single.name && copied.value.isIdentical(to: single.value))
        }
    }

    @Test func `a step moves one drawn copy of each map`() throws {
        var configuration = Self.bottlenecks { $0.copies = 3 }
        configuration.training.batchSize = 20
        configuration.training.epochs = 1
        configuration.training.warmup = 0
        var routes: Set<[String]> = []
        for seed: UInt64 in 0..<8 {
            let network = try TinyBERT.network(configuration)
            let start = network.trainedTensors
            try LifeCycleTests.train(network, configuration, seed: seed)
            let moved = zip(start, network.trainedTensors).filter { !$0.value.isIdentical(to: $1.value) }
            // U's bias always has a gradient; D's has none while U is 0.
            let names = moved.map(\.0.name).filter { $0.hasSuffix("up.bias") }
            #expect(names.count == 3)
            routes.insert(names)
        }
        #expect(routes.count > 4)
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
