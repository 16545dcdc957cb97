import Experiments
import LinearAlgebra

extension IA3: AttachedMethod {
    /// Factors of 1 change nothing.
    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        for part in parts[layer, default: []].sorted() {
            let site = Site(layer: layer, projection: part.projection)
            let size = attachment.base.shape.size(of: site.projection)
            let map = block.maps[site.projection]!
            let ones = Matrix(row: [Float](repeating: 1, count: part.isInput ? size.in : size.out))
            let factors = attachment.trained("\(attachment.name(of: site)).ia3_l", ones)
            if part.isInput { map.edit.inputScale = factors } else { map.edit.outputScale = factors }
        }
    }
}
