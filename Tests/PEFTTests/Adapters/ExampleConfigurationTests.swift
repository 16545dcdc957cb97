import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

/// The configurations in examples/, which are for a model of six blocks.
@Suite struct ExampleConfigurationTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../examples/configurations").standardizedFileURL

    static let names =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()

    /// Of all-MiniLM-L6-v2.
    private static let miniLM = ModelShape(
        vocabulary: 30_522, positions: 512, tokenTypes: 2, layers: 6, hidden: 384, heads: 12,
        feedForward: 1536)

    /// The fixture's three blocks twice.
    private static func sixBlocks() throws -> BaseModel {
        let base = try TinyBERT.base()
        var shape = base.shape
        shape.layers = 6
        var tensors = base.weights.mapValues(\.matrix)
        for (name, value) in tensors {
            for layer in 0..<3 where name.hasPrefix("encoder.layer.\(layer).") {
                let rest = name.dropFirst("encoder.layer.\(layer).".count)
                tensors["encoder.layer.\(layer + 3).\(rest)"] = value
            }
        }
        return BaseModel(
            family: base.family, shape: shape, layerNormEpsilon: base.layerNormEpsilon,
            paddingID: base.paddingID, tensors: tensors)
    }

    @Test func `there is one of every method that is made of other pieces`() {
        #expect(
            Self.names == [
                "adamix.json", "adapterdrop.json", "compacter.json", "generated_adapters.json", "mam.json",
                "unipelt.json",
            ])
    }

    @Test(arguments: names)
    func `an example decodes, fits, attaches and trains`(name: String) throws {
        let json = try JSON.parse(Array(Data(contentsOf: Self.folder.appending(path: name))))
        let configuration = try Configuration(json: json)
        try configuration.check(against: Self.miniLM, maximumLength: 128)
        let base = try Self.sixBlocks()
        let network = try Transformer.attach(configuration, to: base, classes: 3, seed: 1)
        #expect(
            network.trainable.reduce(0) { $0 + $1.value.count }
                == Costs.trainableParameters(of: configuration, shape: base.shape, labels: 3))
        let batch = TokenBatch(TinyBERT.sequences(4))
        let before = network.lossAndGradients(batch, labels: [0, 1, 2, 0]).loss
        try LifeCycleTests.train(network, configuration)
        let after = network.lossAndGradients(batch, labels: [0, 1, 2, 0]).loss
        #expect(after.isFinite && after != before)
    }
}
