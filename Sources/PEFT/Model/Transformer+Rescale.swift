import Experiments
import LinearAlgebra

extension Transformer {
    /// Makes a network that was trained on standardised labels predict labels:
    /// the scale goes into the classifier, so that whoever has its tensors
    /// needs nothing else.
    func rescaleOutput(to scale: LabelScale) {
        let (weight, bias) = (head.classifier.weight, head.classifier.bias)
        weight.value.scale(by: Float(scale.deviation))
        bias.value = Matrix(
            row: bias.value.values.map { Float(Double($0) * scale.deviation + scale.mean) })
    }
}
