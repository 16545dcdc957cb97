import Experiments

extension NF4Quantization: AttachedMethod {
    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        guard layers.contains(layer) else { return }
        for projection in Projection.allCases {
            let site = Site(layer: layer, projection: projection)
            block.maps[projection]!.replaceFrozenWeight(by: attachment.quantizedWeight(of: site))
        }
    }
}
