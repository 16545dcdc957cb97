import Experiments
import LinearAlgebra

extension HiRA: AttachedMethod {
    /// A fresh change is 0, for B = 0.
    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        for (site, rank) in sized(in: layer) {
            let size = attachment.base.shape.size(of: site.projection)
            let name = attachment.name(of: site)
            block.maps[site.projection]!.computedWeight(in: attachment).deltas.append(
                HadamardDelta(
                    down: attachment.fresh("\(name).hira_A.weight", .kaimingUniform, rank, size.in),
                    up: attachment.fresh("\(name).hira_B.weight", .zero, size.out, rank)))
        }
    }
}

/// `W ⊙ (B·A)`.
private final class HadamardDelta: WeightDelta {
    let down: Parameter
    let up: Parameter

    init(down: Parameter, up: Parameter) {
        self.down = down
        self.up = up
    }

    var parameters: [Parameter] { [down, up] }

    private var pattern: Matrix { .product(up.value, down.value) }

    func delta(of weight: Matrix) -> Matrix { weight.times(pattern) }

    func backward(_ dWeight: Matrix, weight: Matrix) -> Matrix? {
        let dPattern = dWeight.times(weight)
        up.accumulate(.product(dPattern, down.value, transposing: .second))
        down.accumulate(.product(up.value, dPattern, transposing: .first))
        return dWeight.times(pattern)
    }
}
