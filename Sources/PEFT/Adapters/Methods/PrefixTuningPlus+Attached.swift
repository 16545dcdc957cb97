import Experiments

extension PrefixTuningPlus: AttachedMethod {
    /// A fresh M of 0 is the identity.
    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        guard layers.contains(layer) else { return }
        let shape = attachment.base.shape
        let name = "\(attachment.names.block(layer)).attention.self.prefix_plus.weight"
        block.queryFeatures = QueryFeatureMap(
            attachment.fresh(name, .zero, shape.hidden, shape.hidden / shape.heads), heads: shape.heads)
    }
}
