import Experiments
import LinearAlgebra
import PEFT
import Testing

@Suite struct BatchTests {
    @Test func `sequences lie one after the other without padding`() {
        let batch = TokenBatch([
            Encoding(ids: [2, 5, 3], typeIDs: [0, 0, 0]), Encoding(ids: [2, 3], typeIDs: [0, 1]),
        ])
        #expect(batch.ids == [2, 5, 3, 2, 3] && batch.typeIDs == [0, 0, 0, 0, 1])
        #expect(batch.positions == [0, 1, 2, 0, 1] && batch.offsets == [0, 3, 5])
    }

    /// Another shape of product may round otherwise, hence not bit for bit.
    @Test(arguments: ConfigurationCase.all)
    func `a sequence's logits do not depend on its neighbours within 1e-6`(example: ConfigurationCase) throws
    {
        let network = try TinyBERT.network(example.configuration)
        network.shake(deviation: 0.1, seed: 8)
        let sequences = TinyBERT.sequences(9)
        let together = network.logits(of: TokenBatch(sequences))
        for (row, sequence) in sequences.enumerated() {
            let error = difference(network.logits(of: TokenBatch([sequence])), together.gatherRows([row]))
            #expect(error < 1e-6, "sequence \(row): \(error)")
        }
        let reversed = network.logits(of: TokenBatch(sequences.reversed()))
        let error = difference(reversed.gatherRows(Array((0..<9).reversed())), together)
        #expect(error < 1e-6, "reversed: \(error)")
    }

    @Test(arguments: [1, 2, 7, 30, 64])
    func `an evaluation does not depend on the batch size within 1e-6`(batchSize: Int) throws {
        let network = try TinyBERT.network(ConfigurationCase.all[3].configuration)
        network.shake(deviation: 0.1, seed: 8)
        let split = TinyBERT.split(30)
        let whole = try Evaluation(of: network, on: .tokens(split), targets: split.targets)
        let parts = try Evaluation(
            of: network, on: .tokens(split), targets: split.targets, batchSize: batchSize)
        #expect(difference(parts.outputs, whole.outputs) < 1e-6 && abs(parts.loss - whole.loss) < 1e-6)
        let rows = network.logits(of: split.batch(0..<30))
        #expect(difference(rows, whole.outputs) < 1e-6, "rows are in the order of the split")
    }
}
