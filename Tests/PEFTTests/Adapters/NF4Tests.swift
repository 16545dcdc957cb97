import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

@Suite struct NF4Tests {
    @Test func `a quantised matrix holds what bitsandbytes makes of it`() throws {
        let path = GoldenCase.folder.deletingLastPathComponent().appending(path: "nf4.json")
        let record = try JSON.parse(Array(Data(contentsOf: path)))
        let (rows, columns) = (record["rows"]!.integer!, record["columns"]!.integer!)
        let values = (0..<rows * columns).map { (index: Int) -> Float in
            let hash: Int = (index * 2_654_435_761) & 0xFFFFFF
            let fraction: Float = Float(hash) / 16_777_216 - 0.5
            return fraction * Float(1 + (index / 64) % 7)
        }
        let matrix = NF4Matrix(quantizing: Matrix(rows: rows, columns: columns, values: values))
        let found = matrix.matrix.values
        let stride = record["stride"]!.integer!
        // A magnitude near the middle of two levels may become either: bitsandbytes goes by another sum.
        let errors = record["values"]!.array!.enumerated().map { position, expected -> Double in
            abs(Double(found[position * stride]) - expected.number!)
        }
        #expect(errors.count { $0 > 2e-6 } < errors.count / 50)
        #expect(errors.max()! < 0.03)
        let bits: Int = 8 * matrix.bytes
        #expect(bits < 5 * rows * columns)
    }

    @Test func `zeros stay zeros, and what is not finite does not trap`() {
        let zeros = Matrix(rows: 3, columns: 50)
        #expect(NF4Matrix(quantizing: zeros).matrix.isIdentical(to: zeros))
        _ = NF4Matrix(quantizing: Matrix(row: [.nan, .infinity, 1, -.infinity])).matrix
        #expect(NF4Matrix(quantizing: Matrix(rows: 0, columns: 4)).matrix.count == 0)
    }

    @Test func `a network on quantised blocks trains what is attached, and shares the states below`() throws {
        let sites = [Site(layer: 2, projection: .query): 2]
        let configuration = Configuration(components: [
            .nf4(NF4Quantization(layers: [1])), .lora(LoRA(ranks: sites)),
        ])
        let network = try TinyBERT.network(configuration)
        let plain = try TinyBERT.network(Configuration(components: [.lora(LoRA(ranks: sites))]))
        let batch = TokenBatch(TinyBERT.sequences(6))
        let error = difference(network.logits(of: batch), plain.logits(of: batch))
        #expect(error > 1e-4 && error < 1, "\(error)")
        #expect(network.lowestTrainableBlock == 2 && network.lowestChangedBlock == 1)
        try GradientTests.check(network, "nf4")
    }

    @Test func `a block that trains is not quantised`() throws {
        let text = #"{"components":[{"nf4":{"layers":[1]}},{"unfreeze":{"layers":[1]}}]}"#
        let error = try #require(throws: InputError.self) { try Configuration(json: JSON.parse(text)) }
        #expect(error.reason == "nf4 holds the frozen weights of block 1, which unfreeze trains")
    }
}
