import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

/// Trials whose frozen layers are computed once.
@Suite struct HiddenStateStoreTests {
    let example: EngineExample

    init() throws { example = try EngineExample(numerics: NativeEngine.defaultNumerics) }

    /// Something trains in block 2 alone, or in the head alone.
    static let configurations = [
        Configuration(
            components: [.lora(LoRA(ranks: [Site(layer: 2, projection: .feedForwardIn): 2]))],
            training: TrainingSettings(learningRate: 0.01, epochs: 2, batchSize: 8)),
        Configuration(training: TrainingSettings(learningRate: 0.01, epochs: 2, batchSize: 8)),
    ]

    private func train(_ configuration: Configuration, data: String = "data") throws -> TrialResult {
        var assignment = example.assignment()
        assignment.configuration = configuration
        return try example.engine(data: data).train(assignment, report: { _ in }, exclusively: { try $0() })
    }

    private func files(in data: String = "data") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(example.folder.path)/\(data)/states")
            .filter { $0.hasSuffix(".f32") }.sorted()
    }

    @Test(arguments: configurations)
    func `states are made once, and whoever reads them gets the bytes of who made them`(
        configuration: Configuration
    ) throws {
        let first = try train(configuration)
        // Of train and validation; float32 states of both are made by different libraries.
        let made = try files()
        #expect(made.count == 2)
        #expect(try train(configuration).artifact == first.artifact)
        #expect(try files() == made)
        #expect(try train(configuration, data: "other").artifact == first.artifact)
        #expect(try files(in: "other") == made)
    }

    /// What may have become of a file.
    enum Damage: CaseIterable { case missing, short, changed }

    @Test(arguments: configurations, Damage.allCases)
    func `a file that is missing, short or changed is made again to the same bytes`(
        configuration: Configuration, damage: Damage
    ) throws {
        let first = try train(configuration)
        let folder = "\(example.folder.path)/data/states"
        let contents = try files().map { try Data(contentsOf: URL(filePath: "\(folder)/\($0)")) }
        for (name, content) in zip(try files(), contents) {
            let url = URL(filePath: "\(folder)/\(name)")
            switch damage {
            case .missing: try FileManager.default.removeItem(at: url)
            case .short: try content.dropLast().write(to: url)
            case .changed:
                var changed = content
                changed[content.count / 2] ^= 1
                try changed.write(to: url)
            }
        }
        #expect(try train(configuration).artifact == first.artifact)
        #expect(try files().map { try Data(contentsOf: URL(filePath: "\(folder)/\($0)")) } == contents)
    }

    @Test func `what a killed slot left behind goes with the next file that is made`() throws {
        _ = try train(Self.configurations[0])
        let left = "\(example.folder.path)/data/states/0123.f32.partial"
        try Data([1]).write(to: URL(filePath: left))
        _ = try train(Self.configurations[1])
        #expect(!FileManager.default.fileExists(atPath: left))
    }

    @Test func `trials that train other layers share nothing, and one that trains the lowest keeps nothing`()
        throws
    {
        for configuration in Self.configurations { _ = try train(configuration) }
        #expect(try files().count == 4)
        _ = try train(
            Configuration(
                components: [.lora(LoRA(ranks: [Site(layer: 0, projection: .query): 2]))],
                training: TrainingSettings(epochs: 1)))
        #expect(try files().count == 4)
    }

    /// Twelve sequences of the tiny model, from the tokens and from kept states.
    @Test(arguments: [1, 2, 3])
    func `a pass from the states of any layer is the pass from the tokens`(layer: Int) throws {
        let products = OpenBLASProducts()
        let network = try TinyBERT.network(Configuration())
        let split = TinyBERT.split(12)
        let batch = split.batch(0..<12)
        let states = network.states(of: batch, after: layer, by: products)
        let expected = network.logits(of: .tokens(batch), by: products)
        #expect(difference(network.logits(of: .states(states), by: products), expected) < 1e-6)
    }
}
