import Experiments
import LinearAlgebra

extension SHiRA: AttachedMethod {
    /// A fresh change is 0.
    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        for (site, rank) in sized(in: layer) {
            let size = attachment.base.shape.size(of: site.projection)
            let name = attachment.name(of: site)
            let count = Self.entries(rank: rank, of: size)
            let drawn = attachment.drawnIndices(count, below: size.out * size.in, name: name)
            // Entries as numbers, row by row; float32 holds each side exactly.
            let indices = attachment.constant(
                "\(name).shira_indices",
                Matrix(
                    rows: 2, columns: count,
                    values: drawn.map { Float($0 / size.in) } + drawn.map { Float($0 % size.in) }),
                admits: { Self.areEntries($0, of: size) })
            block.maps[site.projection]!.computedWeight(in: attachment).deltas.append(
                SparseDelta(
                    values: attachment.trained(
                        "\(name).shira_weight", Matrix(rows: 1, columns: count)), indices: indices))
        }
    }

    /// Whether rows and columns of entries lie in a weight.
    private static func areEntries(_ indices: Matrix, of size: (out: Int, in: Int)) -> Bool {
        indices.values.enumerated().allSatisfy { place, number in
            let bound = place < indices.columns ? size.out : size.in
            return number >= 0 && number < Float(bound) && number == number.rounded(.towardZero)
        }
    }
}

/// Values at fixed entries.
private final class SparseDelta: WeightDelta {
    /// (1, n).
    let values: Parameter
    /// (2, n): rows, then columns.
    let indices: Parameter

    init(values: Parameter, indices: Parameter) {
        self.values = values
        self.indices = indices
    }

    var parameters: [Parameter] { [values, indices] }

    func delta(of weight: Matrix) -> Matrix {
        var delta = Matrix(rows: weight.rows * weight.columns, columns: 1)
        delta.scatterAddRows(values.value.transposed(), at: places(in: weight))
        return delta.reshaped(rows: weight.rows, columns: weight.columns)
    }

    func backward(_ dWeight: Matrix, weight: Matrix) -> Matrix? {
        let entries = dWeight.reshaped(rows: weight.count, columns: 1)
        values.accumulate(entries.gatherRows(places(in: weight)).transposed())
        return nil
    }

    private func places(in weight: Matrix) -> [Int] {
        let numbers = indices.value.values
        let count = indices.value.columns
        return (0..<count).map { Int(numbers[$0]) * weight.columns + Int(numbers[count + $0]) }
    }
}
