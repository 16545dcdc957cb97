import LinearAlgebra

/// The term `s·B·diag(e)·A` of an affine edit.
///
/// A is (r, in), B is (out, r), the optional e is (1, r).
package final class LowRankUpdate {
    let down: Parameter
    let up: Parameter
    let diagonal: Parameter?
    let scale: Float
    /// Of the update's input; the base map sees all of it.
    let dropout: Double

    struct Cache {
        let input: Matrix
        let mask: Matrix?
        /// `x·Aᵀ`, before e.
        let projected: Matrix
        /// After e.
        let hidden: Matrix
    }

    package init(
        down: Parameter, up: Parameter, diagonal: Parameter? = nil, scale: Float, dropout: Double = 0
    ) {
        self.down = down
        self.up = up
        self.diagonal = diagonal
        self.scale = scale
        self.dropout = dropout
    }

    /// Adds `s·(drop(x)·Aᵀ·diag(e))·Bᵀ` to `y`: x (T, in), y (T, out).
    func forward(_ x: Matrix, addingTo y: inout Matrix, mode: ForwardMode) -> Cache {
        let mask = mode.dropoutMask(rows: x.rows, columns: x.columns, probability: dropout, place: down.name)
        let input = mask.map(x.times) ?? x
        let projected = Matrix.product(input, down.value, transposing: .second)
        let hidden = diagonal.map { projected.timesEachRow($0.value) } ?? projected
        y.addProduct(hidden, up.value, transposing: .second, scale: scale)
        return Cache(input: input, mask: mask, projected: projected, hidden: hidden)
    }

    /// Accumulates the gradients of A, B and e; adds that of x to `dx`.
    func backward(_ dy: Matrix, addingTo dx: inout Matrix?, cache: Cache) {
        up.accumulate(.product(dy, cache.hidden, transposing: .first, scale: scale))
        var dHidden = Matrix.product(dy, up.value, scale: scale)
        if let diagonal {
            diagonal.accumulate(dHidden.times(cache.projected).sumOfRows())
            dHidden = dHidden.timesEachRow(diagonal.value)
        }
        down.accumulate(.product(dHidden, cache.input, transposing: .first))
        guard dx != nil else { return }
        if let mask = cache.mask {
            dx!.add(Matrix.product(dHidden, down.value).times(mask))
        } else {
            dx!.addProduct(dHidden, down.value)
        }
    }

    /// `s·B·diag(e)·A`, (out, in).
    var delta: Matrix {
        let scaledUp = diagonal.map { up.value.timesEachRow($0.value) } ?? up.value
        return .product(scaledUp, down.value, scale: scale)
    }
}
