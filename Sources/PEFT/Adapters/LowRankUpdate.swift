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
    /// How many rows of A and columns of B act, the first ones; 0 leaves the
    /// update out.
    var activeRank: Int
    /// In the place of s, for each sequence.
    let gate: SequenceGate?

    struct Cache {
        /// Nil where A is frozen.
        let input: Operand?
        let mask: Matrix?
        /// `x·Aᵀ`, before e; nil without e.
        let projected: Matrix?
        /// After e, times s.
        let hidden: Operand
        /// With what it multiplies, `x·Aᵀ` after e.
        let gate: (cache: SequenceGate.Cache, input: Matrix)?
    }

    package init(
        down: Parameter, up: Parameter, diagonal: Parameter? = nil, scale: Float, dropout: Double = 0,
        gate: SequenceGate? = nil
    ) {
        self.gate = gate
        self.down = down
        self.up = up
        self.diagonal = diagonal
        self.scale = scale
        self.dropout = dropout
        activeRank = down.value.rows
    }

    var rank: Int { down.value.rows }

    /// A and B as far as they act.
    var factors: (down: Matrix, up: Matrix) {
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
        let gated = gate.map { (cache: $0.forward(x, mode: mode), input: scaled) }
        if let gated { scaled = gated.cache.apply(to: scaled) } else { scaled.scale(by: scale) }
        let hidden = products.operand(scaled)
        let term = ProductTerm(
            hidden, PreparedFactor(up, isTransposed: true, isFrozen: false, by: products))
        let cache = Cache(
            input: self.down.isTrainable ? input : nil, mask: mask,
            projected: diagonal.map { _ in projected }, hidden: hidden, gate: gated)
        return (term, cache)
    }

    /// Accumulates the gradients of A, B, e and the gate.
    /// - Returns: the gradient of x before dropout's mask, and that through the
    ///   gate, which reads all of x.
    func backward(
        _ dy: Operand, cache: Cache, products: any ProductLibrary
    ) -> (update: ProductTerm, gate: ProductTerm?) {
        let factors = factors
        up.accumulate(
            products.product(dy, cache.hidden, transposing: .first).paddingColumns(to: rank))
        var dScaled = products.product(dy, products.operand(factors.up))
        var throughGate: ProductTerm?
        if let gate, let gated = cache.gate {
            throughGate = gate.backward(dScaled, of: gated.input, cache: gated.cache, products: products)
            dScaled = gated.cache.apply(to: dScaled)
        } else {
            dScaled.scale(by: scale)
        }
        if let diagonal, let projected = cache.projected {
            diagonal.accumulate(dScaled.times(projected).sumOfRows())
            dScaled = dScaled.timesEachRow(diagonal.value)
        }
        let dProjected = products.operand(dScaled)
        if let input = cache.input {
            down.accumulate(
                products.product(dProjected, input, transposing: .first).paddingRows(to: rank))
        }
        let update = ProductTerm(
            dProjected, PreparedFactor(factors.down, isTransposed: false, isFrozen: false, by: products))
        return (update, throughGate)
    }

    /// `s·B·diag(e)·A`, (out, in).
    var delta: Matrix { .product(scaledUp, factors.down, scale: scale) }

    /// `B·diag(e)`.
    var scaledUp: Matrix { diagonal.map { factors.up.timesEachRow($0.value) } ?? factors.up }
}
