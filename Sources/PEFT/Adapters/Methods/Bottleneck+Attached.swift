import Experiments
import LinearAlgebra

extension Bottleneck: AttachedMethod {
    /// A fresh adapter is the identity, for U = 0.
    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        guard let width = widths[layer], width > 0 else { return }
        let name = "\(attachment.names.block(layer)).bottleneck.\(site.rawValue)"
        let size = attachment.base.shape.hidden
        block.adapters[site] = BottleneckAdapter(
            down: map("\(name).down", from: size, to: width, in: attachment),
            up: map("\(name).up", from: width, to: size, startsAtZero: true, in: attachment),
            activation: activation == .relu ? .relu : .gelu, scale: Float(scale))
    }

    private func map(
        _ name: String, from input: Int, to output: Int, startsAtZero: Bool = false, in attachment: Attachment
    ) -> AffineMap {
        let weight =
            switch form {
            case .dense:
                attachment.fresh(
                    "\(name).weight", startsAtZero ? .zero : .kaimingUniform, output, input)
            case .phm:
                hypercomplexWeight(
                    name, from: input, to: output, startsAtZero: startsAtZero, in: attachment)
            }
        return AffineMap(weight: weight, bias: attachment.fresh("\(name).bias", .zero, 1, output))
    }

    /// Deviations with which D begins with the variance of a dense one, 1/(3·in);
    /// it is 0 with every t_i.
    private func hypercomplexWeight(
        _ name: String, from input: Int, to output: Int, startsAtZero: Bool, in attachment: Attachment
    ) -> Parameter {
        let n = phmDimension
        let rule = attachment.shared(ruleName) {
            attachment.fresh(
                "\(ruleName).weight", .normal(deviation: 1 / Double(n).squareRoot()), n * n, n)
        }
        let factors = HypercomplexWeight(
            attachment.computed("\(name).weight", Matrix(rows: output, columns: input)), rule: rule,
            left: attachment.fresh(
                "\(name).phm_left.weight", .normal(deviation: 1 / Double(3 * input).squareRoot()), n,
                input / n),
            right: attachment.fresh(
                "\(name).phm_right.weight", startsAtZero ? .zero : .normal(deviation: 1), n, output / n))
        attachment.add(factors)
        return factors.weight
    }
}
