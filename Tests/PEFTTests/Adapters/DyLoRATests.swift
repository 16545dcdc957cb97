import Experiments
import LinearAlgebra
import PEFT
import Testing

@Suite struct DyLoRATests {
    private static let configuration = ConfigurationCase.mergeable.first { $0.testDescription == "dylora" }!
        .configuration

    @Test func `a trained network is another one at each rank, and whole again`() throws {
        let network = try TinyBERT.network(Self.configuration)
        try LifeCycleTests.train(network, Self.configuration)
        let batch = LifeCycleTests.batch
        let whole = network.logits(of: batch)
        // Ranks 1 ... 3 by block.
        #expect(network.measurableRanks == [1, 2])
        network.restrict(toRank: 1)
        let cut = network.logits(of: batch)
        #expect(difference(cut, whole) > 1e-6)
        network.restrict(toRank: nil)
        #expect(network.logits(of: batch).isIdentical(to: whole))
    }

    @Test func `at a rank the network is the one whose factors are cut there`() throws {
        let network = try TinyBERT.network(Self.configuration)
        network.shake(deviation: 0.2, seed: 4)
        network.restrict(toRank: 1)
        var tensors: [String: Matrix] = [:]
        for (name, value) in network.trainedTensors {
            tensors[name] =
                name.hasSuffix("lora_A.weight")
                ? value.firstRows(1) : name.hasSuffix("lora_B.weight") ? value.firstColumns(1) : value
        }
        let ranks = ConfigurationCase.allRanks.mapValues { _ in 1 }
        let small = try TinyBERT.network(
            Configuration(
                components: [.lora(LoRA(ranks: ranks, alphaOverRank: 2))], head: Self.configuration.head))
        #expect(small.setTrained(tensors).isEmpty)
        let batch = LifeCycleTests.batch
        #expect(difference(network.logits(of: batch), small.logits(of: batch)) < 1e-6)
    }
}
