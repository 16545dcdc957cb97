import LinearAlgebra

/// The term `s·B·diag(e)·A` of an affine edit.
///
/// A is (r, in), B is (out, r), the optional e is (1, r). Any of them may be
/// frozen.
package final class LowRankUpdate {
    let down: Parameter
    let up: Parameter
    let diagonal: Parameter?
    let scale: Float
    /// Of the update's input; the base map sees all of it.
    let dropout: Double

    struct Cache {
        /// Nil where A is frozen.
        let input: Operand?
        let mask: Matrix?
        /// `x·Aᵀ`, before e; nil without e.
        let projected: Matrix?
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

    /// `s·(drop(x)·Aᵀ·diag(e))·Bᵀ`: from x (T, in) to (T, out).
    func forward(_ x: Operand, mode: ForwardMode) -> (term: ProductTerm, cache: Cache) {
        let products = mode.products
        let mask = mode.dropoutMask(rows: x.rows, columns: x.columns, probability: dropout, place: down.name)
        let input = mask.map { Operand.float32($0).times(x) } ?? x
        let projected = products.product(input, products.operand(down.value), transposing: .second)
        var scaled = diagonal.map { projected.timesEachRow($0.value) } ?? projected
        scaled.scale(by: scale)
        let hidden = products.operand(scaled)
        let term = ProductTerm(
            hidden, PreparedFactor(up.value, isTransposed: true, isFrozen: false, by: products))
        let cache = Cache(
            input: down.isTrainable ? input : nil, mask: mask, projected: diagonal.map { _ in projected },
            hidden: hidden)
        return (term, cache)
    }

    /// Accumulates the gradients of A, B and e.
    /// - Returns: the gradient of x before dropout's mask.
    func backward(_ dy: Operand, cache: Cache, products: any ProductLibrary) -> ProductTerm {
        up.accumulate(products.product(dy, cache.hidden, transposing: .first))
        var dScaled = products.product(dy, products.operand(up.value))
        dScaled.scale(by: scale)
        if let diagonal, let projected = cache.projected {
            diagonal.accumulate(dScaled.times(projected).sumOfRows())
            dScaled = dScaled.timesEachRow(diagonal.value)
        }
        let dProjected = products.operand(dScaled)
        if let input = cache.input {
            down.accumulate(products.product(dProjected, input, transposing: .first))
        }
        return ProductTerm(
            dProjected, PreparedFactor(down.value, isTransposed: false, isFrozen: false, by: products))
    }

    /// `s·B·diag(e)·A`, (out, in).
    var delta: Matrix {
        let scaledUp = diagonal.map { up.value.timesEachRow($0.value) } ?? up.value
        return .product(scaledUp, down.value, scale: scale)
    }
}
