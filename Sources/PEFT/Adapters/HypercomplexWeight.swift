import LinearAlgebra

/// A weight as a sum of Kronecker products with matrices of rank 1 (the
/// parametrized hypercomplex multiplication of Compacter, Karimi Mahabadi et
/// al. 2021, arXiv 2106.04647):
///
///     Wᵀ = Σ_i R_i ⊗ (s_i·t_iᵀ)
///
/// with R_i (n, n), s_i (in/n) and t_i (out/n). W is (out, in).
final class HypercomplexWeight: Reparameterization {
    /// All R_i, one below the other: (n·n, n).
    private let rule: Parameter
    /// All s_i: (n, in/n).
    private let left: Parameter
    /// All t_i: (n, out/n).
    private let right: Parameter
    let weight: Parameter

    init(_ weight: Parameter, rule: Parameter, left: Parameter, right: Parameter) {
        self.weight = weight
        self.rule = rule
        self.left = left
        self.right = right
    }

    var computed: [Parameter] { [weight] }

    private var dimension: Int { rule.value.columns }
    private var inner: Int { left.value.columns }
    private var outer: Int { right.value.columns }

    var sources: [Parameter] { [rule, left, right] }

    func compute() {
        let sum = Matrix.product(flatRule, terms, transposing: .first)
        weight.value = arranged(sum)
    }

    func backward() {
        guard let gradient = weight.gradient else { return }
        let dSum = unarranged(gradient)
        rule.accumulate(
            .product(terms, dSum, transposing: .second).reshaped(
                rows: dimension * dimension, columns: dimension))
        accumulate(.product(flatRule, dSum))
    }

    /// Row i is R_i: (n, n·n).
    private var flatRule: Matrix { rule.value.reshaped(rows: dimension, columns: dimension * dimension) }

    /// Row i is `t_i·s_iᵀ`: (n, out/n·in/n).
    private var terms: Matrix {
        let (s, t) = (left.value.values, right.value.values)
        var values: [Float] = []
        values.reserveCapacity(s.count * outer)
        for i in 0..<dimension {
            for q in 0..<outer { values += s[i * inner..<(i + 1) * inner].map { $0 * t[i * outer + q] } }
        }
        return Matrix(rows: dimension, columns: outer * inner, values: values)
    }

    /// The gradients of all s_i and t_i from that of their products.
    private func accumulate(_ dTerms: Matrix) {
        let (s, t, gradient) = (left.value.values, right.value.values, dTerms.values)
        var (ds, dt) = ([Float](repeating: 0, count: s.count), [Float](repeating: 0, count: t.count))
        for i in 0..<dimension {
            for q in i * outer..<(i + 1) * outer {
                for p in 0..<inner {
                    let slope = gradient[q * inner + p]
                    ds[i * inner + p] += slope * t[q]
                    dt[q] += slope * s[i * inner + p]
                }
            }
        }
        left.accumulate(Matrix(rows: dimension, columns: inner, values: ds))
        right.accumulate(Matrix(rows: dimension, columns: outer, values: dt))
    }

    /// From the sum as it comes out of one product, with a row for each element
    /// (a, c) of the R_i and a column for each (q, p) of the terms, to W: element
    /// (c·out/n + q, a·in/n + p).
    private func arranged(_ sum: Matrix) -> Matrix {
        sum.reshaped(rows: stretches.count, columns: inner).gatherRows(stretches).reshaped(
            rows: dimension * outer, columns: dimension * inner)
    }

    /// The way back of `arranged`.
    private func unarranged(_ weight: Matrix) -> Matrix {
        var sum = Matrix(rows: stretches.count, columns: inner)
        sum.scatterAddRows(weight.reshaped(rows: stretches.count, columns: inner), at: stretches)
        return sum.reshaped(rows: dimension * dimension, columns: outer * inner)
    }

    /// Where each stretch of in/n elements of W lies in the sum.
    private var stretches: [Int] {
        var places: [Int] = []
        for c in 0..<dimension {
            for q in 0..<outer {
                for a in 0..<dimension { places.append((a * dimension + c) * outer + q) }
            }
        }
        return places
    }
}
