import Experiments
import LinearAlgebra

extension AdaLoRA: AttachedMethod {
    /// A fresh update is the identity, for e = 0.
    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        for (site, rank) in sized(in: layer) {
            let size = attachment.base.shape.size(of: site.projection)
            let name = attachment.name(of: site)
            let update = LowRankUpdate(
                down: attachment.fresh("\(name).adalora_A.weight", .normal(deviation: 0.02), rank, size.in),
                up: attachment.fresh("\(name).adalora_B.weight", .normal(deviation: 0.02), size.out, rank),
                diagonal: attachment.trained("\(name).adalora_E", Matrix(rows: 1, columns: rank)),
                scale: Float(alphaOverRank * Double(rank) / (Double(rank) + 1e-5)), dropout: dropout)
            block.maps[site.projection]!.edit.updates.append(update)
            let allocation = attachment.regulator("adalora") { RankAllocation(self) }
            allocation.updates.append(update)
        }
    }
}
