import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

/// The engine against PyTorch and PEFT, tensor by tensor.
@Suite struct GoldenTests {
    @Test func `hidden states of the base equal PyTorch's`() throws {
        let golden = try GoldenCase("head_only")
        let base = try SafetensorsFile(path: GoldenCase.folder.appending(path: "base.safetensors").path)
        for (index, state) in try golden.network().hiddenStates(of: golden.batch).enumerated() {
            let expected = Matrix(
                rows: state.rows, columns: state.columns, values: try base.floats("hidden.\(index)"))
            #expect(difference(state, expected) < 1e-5, "after block \(index)")
        }
    }

    @Test(arguments: GoldenCase.names)
    func `logits, loss and every gradient equal PyTorch's`(name: String) throws {
        let golden = try GoldenCase(name)
        let network = try golden.network()
        let step = network.lossAndGradients(golden.batch, labels: golden.labels)
        #expect(difference(step.logits, try golden.matrix("out.logits")) < golden.tolerance("logits"))
        #expect(abs(step.loss - Double(try golden.matrix("out.loss")[0, 0])) < golden.tolerance("loss"))

        let expected = try golden.tensors("grad.")
        #expect(Set(network.trainable.map(\.name)) == Set(expected.keys))
        for parameter in network.trainable where !golden.zeroGradients.contains(parameter.name) {
            let gradient = try #require(parameter.gradient, "\(parameter.name) has no gradient")
            let reference = try #require(expected[parameter.name])
            let error = difference(gradient, reference) / magnitude(reference)
            #expect(error < golden.tolerance("gradient_over_tensor_maximum"), "\(parameter.name): \(error)")
        }
    }

    @Test(arguments: GoldenCase.names)
    func `parameters and logits after three steps of AdamW equal PyTorch's`(name: String) throws {
        let golden = try GoldenCase(name)
        let network = try golden.network()
        let settings = golden.configuration.training
        network.takeSteps(3, on: golden.batch, labels: golden.labels, settings: settings)
        let (expected, gradients) = (try golden.tensors("p3."), try golden.tensors("grad."))
        for (name, value) in network.trainedTensors where !golden.zeroGradients.contains(name) {
            let (reference, gradient) = (expected[name]!, gradients[name]!)
            let threshold = max(1e-3 * magnitude(gradient), 1e-6)
            for (index, slope) in gradient.values.enumerated() where Double(abs(slope)) > threshold {
                let error = Double(abs(value.values[index] - reference.values[index]))
                #expect(error < golden.tolerance("live_parameters"), "\(name)[\(index)]: \(error)")
            }
            #expect(difference(value, reference) <= golden.tolerance("parameters"), "\(name)")
        }
        let logits = network.logits(of: golden.batch)
        #expect(difference(logits, try golden.matrix("out.logits3")) < golden.tolerance("logits_after_steps"))
    }
}
