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
        let input: Operand
        let mask: Matrix?
        /// `x·Aᵀ`, before e.
        let projected: Matrix
        /// After e, times s.
        let hidden: Operand
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
    func forward(_ x: Operand, addingTo y: inout Matrix, mode: ForwardMode) -> Cache {
        let products = mode.products
        let mask = mode.dropoutMask(rows: x.rows, columns: x.columns, probability: dropout, place: down.name)
        let input = mask.map { products.operand(x.matrix.times($0)) } ?? x
        let projected = products.product(input, products.operand(down.value), transposing: .second)
        var scaled = diagonal.map { projected.timesEachRow($0.value) } ?? projected
        scaled.scale(by: scale)
        let hidden = products.operand(scaled)
        products.addProduct(hidden, products.operand(up.value), transposing: .second, to: &y)
        return Cache(input: input, mask: mask, projected: projected, hidden: hidden)
    }

    /// Accumulates the gradients of A, B and e; adds that of x to `dx`.
    func backward(_ dy: Operand, addingTo dx: inout Matrix?, cache: Cache, products: any ProductLibrary) {
        up.accumulate(products.product(dy, cache.hidden, transposing: .first))
        var dScaled = products.product(dy, products.operand(up.value))
        dScaled.scale(by: scale)
        if let diagonal {
            diagonal.accumulate(dScaled.times(cache.projected).sumOfRows())
            dScaled = dScaled.timesEachRow(diagonal.value)
        }
        let dProjected = products.operand(dScaled)
        down.accumulate(products.product(dProjected, cache.input, transposing: .first))
        guard dx != nil else { return }
        if let mask = cache.mask {
            dx!.add(products.product(dProjected, products.operand(down.value)).times(mask))
        } else {
            products.addProduct(dProjected, products.operand(down.value), to: &dx!)
        }
    }

    /// `s·B·diag(e)·A`, (out, in).
    var delta: Matrix {
        let scaledUp = diagonal.map { up.value.timesEachRow($0.value) } ?? up.value
        return .product(scaledUp, down.value, scale: scale)
    }
}
