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
    /// How many rows of A and columns of B act, the first ones.
    var activeRank: Int

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
        activeRank = down.value.rows
    }

    var rank: Int { down.value.rows }

    /// A and B as far as they act.
    private var factors: (down: Matrix, up: Matrix) {
        activeRank == rank
            ? (down.value, up.value)
            : (down.value.firstRows(activeRank), up.value.firstColumns(activeRank))
    }

    /// `s·(drop(x)·Aᵀ·diag(e))·Bᵀ`: from x (T, in) to (T, out).
    func forward(_ x: Operand, mode: ForwardMode) -> (term: ProductTerm, cache: Cache) {
        let products = mode.products
        let (down, up) = factors
        let mask = mode.dropoutMask(
            rows: x.rows, columns: x.columns, probability: dropout, place: self.down.name)
        let input = mask.map { Operand.float32($0).times(x) } ?? x
        let projected = products.product(input, products.operand(down), transposing: .second)
        var scaled = diagonal.map { projected.timesEachRow($0.value) } ?? projected
        scaled.scale(by: scale)
        let hidden = products.operand(scaled)
        let term = ProductTerm(
            hidden, PreparedFactor(up, isTransposed: true, isFrozen: false, by: products))
        let cache = Cache(
            input: self.down.isTrainable ? input : nil, mask: mask,
            projected: diagonal.map { _ in projected },
            hidden: hidden)
        return (term, cache)
    }

    /// Accumulates the gradients of A, B and e.
    /// - Returns: the gradient of x before dropout's mask.
    func backward(_ dy: Operand, cache: Cache, products: any ProductLibrary) -> ProductTerm {
        let factors = factors
        up.accumulate(
            products.product(dy, cache.hidden, transposing: .first).paddingColumns(to: rank))
        var dScaled = products.product(dy, products.operand(factors.up))
        dScaled.scale(by: scale)
        if let diagonal, let projected = cache.projected {
            diagonal.accumulate(dScaled.times(projected).sumOfRows())
            dScaled = dScaled.timesEachRow(diagonal.value)
        }
        let dProjected = products.operand(dScaled)
        if let input = cache.input {
            down.accumulate(
                products.product(dProjected, input, transposing: .first).paddingRows(to: rank))
        }
        return ProductTerm(
            dProjected, PreparedFactor(factors.down, isTransposed: false, isFrozen: false, by: products))
    }

    /// `s·B·diag(e)·A`, (out, in).
    var delta: Matrix {
        let factors = factors
        let scaledUp = diagonal.map { factors.up.timesEachRow($0.value) } ?? factors.up
        return .product(scaledUp, factors.down, scale: scale)
    }
}
