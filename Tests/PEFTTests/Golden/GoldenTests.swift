import Experiments
import Foundation
import LinearAlgebra
import PEFT
import TestSupport
import Testing

/// The engine against PyTorch and PEFT, tensor by tensor.
@Suite struct GoldenTests {
    /// In front of the names of a family's files.
    static let prefixes = [""] + GoldenCase.families.map { "\($0)/" }

    @Test(arguments: prefixes)
    func `hidden states of the base equal PyTorch's`(prefix: String) throws {
        let golden = try GoldenCase("\(prefix)head_only")
        let base = try SafetensorsFile(
            path: GoldenCase.folder.appending(path: "\(prefix)base.safetensors").path)
        let network = try golden.network()
        let layers = 3
        for layer in 0...layers {
            let state = network.states(of: golden.batch, after: layer, by: OpenBLASProducts()).values
            let columns = state.columns
            let values = try base.floats("hidden.\(layer)")
            let whole = Matrix(rows: values.count / columns, columns: columns, values: values)
            // Above the last block only each sequence's first row is read.
            let expected = layer == layers ? whole.gatherRows(golden.batch.offsets.dropLast()) : whole
            #expect(difference(state, expected) < 1e-5, "after block \(layer)")
        }
    }

    @Test(arguments: prefixes)
    func `texts become the token ids of transformers`(prefix: String) throws {
        let model = try GoldenCase.model(prefix)
        let tokenizer = try Tokenizer(folder: model.path)
        let base = try GoldenCase.json("\(prefix)base.json")
        let texts = try #require(base["texts"]?.array)
        for (index, text) in texts.enumerated() {
            let parts = try #require(text.array).compactMap(\.string)
            let found = tokenizer.encode(
                parts[0], pair: parts.count > 1 ? parts[1] : nil,
                maximumLength: model.configuration.shape.longestSequence)
            #expect(found.ids.map { JSON.integer(Int($0)) } == base["ids"]?.array?[index].array)
            #expect(found.typeIDs.map { JSON.integer(Int($0)) } == base["types"]?.array?[index].array)
        }
    }

    @Test(arguments: GoldenCase.names)
    func `trainable parameters are as many as PyTorch's`(name: String) throws {
        let golden = try GoldenCase(name)
        let count = Costs.trainableParameters(
            of: golden.configuration, shape: golden.base.shape, labels: golden.outputs)
        #expect(JSON.integer(count) == golden.record["trainable_parameters"])
        #expect(try golden.network().trainable.reduce(0) { $0 + $1.value.count } == count)
    }

    @Test(arguments: GoldenCase.families)
    func `full fine-tuning trains every parameter of the classifier of transformers`(family: String) throws {
        let base = try GoldenCase.json("\(family)/base.json")
        let full = try GoldenCase("\(family)/full")
        #expect(
            JSON.integer(
                Costs.trainableParameters(of: full.configuration, shape: full.base.shape, labels: 3))
                == base["parameters"])
    }

    /// The path that runs everywhere, and the one that trains.
    static let libraries: [any ProductLibrary] = [OpenBLASProducts(), OneDNNProducts(.float32)!]

    @Test(arguments: GoldenCase.names, [0, 1])
    func `logits, loss and every gradient equal PyTorch's`(name: String, library: Int) throws {
        let golden = try GoldenCase(name)
        let network = try golden.network()
        let step = network.lossAndGradients(
            golden.batch, targets: golden.targets, draws: golden.draws, by: Self.libraries[library])
        let logitsError = difference(step.logits, try golden.matrix("out.logits"))
        #expect(logitsError < golden.tolerance("logits"))
        golden.record(.logits, logitsError, tolerance: "logits")
        #expect(abs(step.loss - Double(try golden.matrix("out.loss")[0, 0])) < golden.tolerance("loss"))

        let expected = try golden.tensors("grad.")
        #expect(Set(network.trainable.map(\.name)) == Set(expected.keys))
        var largest = 0.0
        for parameter in network.trainable where !golden.zeroGradients.contains(parameter.name) {
            let gradient = try #require(parameter.gradient, "\(parameter.name) has no gradient")
            let reference = try #require(expected[parameter.name])
            let error = difference(gradient, reference) / magnitude(reference)
            #expect(error < golden.tolerance("gradient_over_tensor_maximum"), "\(parameter.name): \(error)")
            largest = max(largest, error)
        }
        golden.record(.gradients, largest, tolerance: "gradient_over_tensor_maximum")
    }

    @Test(arguments: ["lora_pissa", "lora_milora"])
    func `what a singular start takes out of a weight is what PyTorch's triplets make`(name: String) throws {
        let golden = try GoldenCase(name)
        let network = try Transformer.attach(
            golden.configuration, to: golden.base, classes: golden.outputs, seed: 1)
        let found = Dictionary(uniqueKeysWithValues: network.constants.map { ($0.name, $0.value) })
        let expected = try golden.tensors("constant.")
        let sites = expected.keys.filter { $0.hasSuffix(".lora_A.start") }
        #expect(!sites.isEmpty)
        for down in sites {
            // The product, for the sign of a triplet is free.
            let up = "\(down.dropLast("lora_A.start".count))lora_B.start"
            let error = difference(
                .product(try #require(found[up]), try #require(found[down])),
                .product(expected[up]!, expected[down]!))
            #expect(error < 1e-5, "\(down): \(error)")
            golden.record(.identity, error, below: 1e-5)
        }
    }

    @Test(arguments: GoldenCase.names, [0, 1])
    func `parameters and logits after the steps of AdamW equal PyTorch's`(
        name: String, library: Int
    ) throws {
        let golden = try GoldenCase(name)
        let network = try golden.network()
        let settings = golden.configuration.training
        network.takeSteps(
            settings.epochs, on: golden.batch, targets: golden.targets, settings: settings,
            draws: golden.draws || golden.drawsInSteps, by: Self.libraries[library])
        var largest = 0.0
        let (expected, gradients) = (try golden.tensors("p3."), try golden.tensors("grad."))
        for (name, value) in network.trainedTensors where !golden.zeroGradients.contains(name) {
            let (reference, gradient) = (expected[name]!, gradients[name]!)
            let threshold = max(1e-3 * magnitude(gradient), 1e-6)
            for (index, slope) in gradient.values.enumerated() where Double(abs(slope)) > threshold {
                let error = Double(abs(value.values[index] - reference.values[index]))
                #expect(error < golden.tolerance("live_parameters"), "\(name)[\(index)]: \(error)")
                largest = max(largest, error)
            }
            #expect(difference(value, reference) <= golden.tolerance("parameters"), "\(name)")
        }
        golden.record(.steps, largest, tolerance: "live_parameters")
        let error = difference(network.logits(of: golden.batch), try golden.matrix("out.logits3"))
        #expect(error < golden.tolerance("logits_after_steps"))
        golden.record(.steps, error, tolerance: "logits_after_steps")
    }
}
