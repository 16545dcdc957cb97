import Experiments
import LinearAlgebra

extension VeRA: AttachedMethod {
    /// A fresh update is the identity, for b = 0.
    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        let shared = shared(in: attachment)
        for site in sites(in: layer) {
            let size = attachment.base.shape.size(of: site.projection)
            let name = attachment.name(of: site)
            let factors = VectorFactors(
                shared, size: size, name: name,
                outer: attachment.trained("\(name).vera_lambda_b", Matrix(rows: 1, columns: size.out)),
                in: attachment)
            let diagonal = Matrix(row: [Float](repeating: Float(initialDiagonal), count: rank))
            block.maps[site.projection]!.edit.updates.append(
                LowRankUpdate(
                    down: factors.down, up: factors.up,
                    diagonal: attachment.trained("\(name).vera_lambda_d", diagonal), scale: 1))
        }
    }

    /// A (r, largest in) and B (largest out, r) of all sites.
    private func shared(in attachment: Attachment) -> (down: Parameter, up: Parameter) {
        let sizes = sites.map { attachment.base.shape.size(of: $0.projection) }
        let input = sizes.map(\.in).max() ?? 0
        let output = sizes.map(\.out).max() ?? 0
        return (
            attachment.shared("vera_A") {
                attachment.fresh("vera_A", .heUniform, rank, input, isTrained: false)
            },
            attachment.shared("vera_B") {
                attachment.fresh("vera_B", .heUniform, output, rank, isTrained: false)
            }
        )
    }
}

/// A site's part of the shared factors: the first columns of A, and
/// `diag(b)` times the first rows of B.
private final class VectorFactors: Reparameterization {
    private let shared: (down: Parameter, up: Parameter)
    private let outer: Parameter
    let down: Parameter
    let up: Parameter

    init(
        _ shared: (down: Parameter, up: Parameter), size: (out: Int, in: Int), name: String,
        outer: Parameter, in attachment: Attachment
    ) {
        self.shared = shared
        self.outer = outer
        let rank = shared.down.value.rows
        down = Parameter("\(name).vera_A", Matrix(rows: rank, columns: size.in))
        up = attachment.computed("\(name).vera_B", Matrix(rows: size.out, columns: rank))
        attachment.add(self)
    }

    var computed: [Parameter] { [up] }

    private var factor: Matrix { shared.up.value.firstRows(up.value.rows) }

    var sources: [Parameter] { [shared.down, shared.up, outer] }

    func compute() {
        down.value = shared.down.value.firstColumns(down.value.columns)
        up.value = factor.timesEachColumn(outer.value)
    }

    func backward() {
        guard let gradient = up.gradient else { return }
        outer.accumulate(gradient.times(factor).transposed().sumOfRows())
    }
}
