import Experiments
import LinearAlgebra

extension Bottleneck: AttachedMethod {
    /// A fresh adapter is the identity, for U = 0.
    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        guard let width = widths[layer], width > 0 else { return }
        let name = "\(attachment.names.block(layer)).bottleneck.\(site.rawValue)"
        let size = attachment.base.shape.hidden
        block.adapters[site] = BottleneckAdapter(
            down: AffineMap(
                weight: attachment.fresh("\(name).down.weight", .kaimingUniform, width, size),
                bias: attachment.fresh("\(name).down.bias", .zero, 1, width)),
            up: AffineMap(
                weight: attachment.fresh("\(name).up.weight", .zero, size, width),
                bias: attachment.fresh("\(name).up.bias", .zero, 1, size)),
            activation: activation == .relu ? .relu : .gelu, scale: Float(scale))
    }
}
