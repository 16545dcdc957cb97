import Experiments
import LinearAlgebra

extension LoRA: AttachedMethod {
    /// A fresh update is the identity, for B = 0.
    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        for (site, rank) in sized(in: layer) {
            let map = block.maps[site.projection]!
            let size = attachment.base.shape.size(of: site.projection)
            let name = attachment.name(of: site)
            map.edit.updates.append(
                LowRankUpdate(
                    down: attachment.fresh(
                        "\(name).lora_A.weight", .kaimingUniform, rank, size.in,
                        isTrained: variant != .loraFA),
                    up: attachment.fresh(
                        "\(name).lora_B.weight", .zero, size.out, rank,
                        learningRateScale: learningRateRatio),
                    scale: Float(scale(ofRank: rank)), dropout: dropout))
            guard variant == .dora else { continue }
            map.edit.magnitude = RowMagnitude(
                attachment.trained("\(name).lora_magnitude_vector", map.weight.value.rowLengths()))
        }
    }
}
