import Experiments
import LinearAlgebra

extension MiSS: AttachedMethod {
    /// A fresh block of 0 is the identity.
    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        for (site, rank) in sized(in: layer) {
            let size = attachment.base.shape.size(of: site.projection)
            let name = attachment.name(of: site)
            // (out, r): the transpose of what PEFT stores.
            let shards = Parameter("\(name).miss_shards", Self.shards(rank: rank, of: size.in))
            block.maps[site.projection]!.edit.updates.append(
                LowRankUpdate(
                    down: shards,
                    up: attachment.fresh("\(name).miss_block.weight", .zero, size.out, rank), scale: 1))
        }
    }

    /// (r, in): row j adds the inputs j, j + r, j + 2r, …
    private static func shards(rank: Int, of input: Int) -> Matrix {
        var shards = Matrix(rows: rank, columns: input)
        for column in 0..<input { shards[column % rank, column] = 1 }
        return shards
    }
}
