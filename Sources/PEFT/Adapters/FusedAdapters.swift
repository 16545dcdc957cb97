import Foundation
import LinearAlgebra

/// `Σ_n s_n·V·a_n(x)` with `s = softmax_n((Q·x + b_Q)·(K·a_n(x) + b_K))`, token
/// by token (AdapterFusion, Pfeiffer et al. 2021, arXiv 2005.00247, section
/// 4.2): trained Q, K, V, (d, d), over adapters a_n that stay as they are.
final class FusedAdapters: SiteAddition {
    private let adapters: [BottleneckAdapter]
    private let query: AffineMap
    private let key: AffineMap
    private let value: AffineMap

    let isLeftOut = false
    let readsWholeSequences = false

    init(_ adapters: [BottleneckAdapter], query: AffineMap, key: AffineMap, value: AffineMap) {
        self.adapters = adapters
        self.query = query
        self.key = key
        self.value = value
    }

    /// What one adapter made of the input.
    private struct Branch {
        let output: Matrix
        let pass: any SiteAdditionPass
        let key: (y: Matrix, cache: AffineMap.Cache)
        /// Of each token, (1, T).
        var share = Matrix(rows: 1, columns: 0)
    }

    private struct Pass: SiteAdditionPass {
        let fusion: FusedAdapters
        let query: (y: Matrix, cache: AffineMap.Cache)
        let branches: [Branch]
        let value: AffineMap.Cache

        func backward(_ dy: Matrix, products: any ProductLibrary) -> Matrix {
            fusion.backward(dy, of: self, products: products)
        }
    }

    func pass(_ x: Operand, mode: ForwardMode) -> (y: Matrix, pass: any SiteAdditionPass) {
        let query = query.forward(x, mode: mode)
        var branches = adapters.map { adapter in
            let (output, pass) = adapter.pass(x, mode: mode)
            return Branch(
                output: output, pass: pass, key: key.forward(mode.products.operand(output), mode: mode))
        }
        let shares = Self.softmax(branches.map { $0.key.y.timesByRows(query.y) })
        for index in branches.indices { branches[index].share = shares[index] }
        var mixed = Matrix(rows: query.y.rows, columns: query.y.columns)
        // V of the mean is the mean of V's.
        for branch in branches { mixed.add(branch.output.timesEachColumn(branch.share)) }
        let (y, cache) = value.forward(mode.products.operand(mixed), mode: mode)
        return (y, Pass(fusion: self, query: query, branches: branches, value: cache))
    }

    private func backward(_ dy: Matrix, of pass: Pass, products: any ProductLibrary) -> Matrix {
        let dMixed = value.backward(products.operand(dy), cache: pass.value, products: products)!
        let dScores = Self.softmaxBackward(
            pass.branches.map { dMixed.timesByRows($0.output) }, shares: pass.branches.map(\.share))
        var dQuery = Matrix(rows: dy.rows, columns: dy.columns)
        var dInput = Matrix(rows: dy.rows, columns: dy.columns)
        for (branch, dScore) in zip(pass.branches, dScores) {
            dQuery.add(branch.key.y.timesEachColumn(dScore))
            let dKey = products.operand(pass.query.y.timesEachColumn(dScore))
            var dOutput = dMixed.timesEachColumn(branch.share)
            dOutput.add(key.backward(dKey, cache: branch.key.cache, products: products)!)
            dInput.add(branch.pass.backward(dOutput, products: products))
        }
        dInput.add(query.backward(products.operand(dQuery), cache: pass.query.cache, products: products)!)
        return dInput
    }

    /// Over the branches' scores of each token, (1, T) each.
    private static func softmax(_ scores: [Matrix]) -> [Matrix] {
        let largest = scores.dropFirst().reduce(scores[0]) { $0.map(with: $1, max) }
        let powers = scores.map { $0.map(with: largest) { exp($0 - $1) } }
        let sum = powers.dropFirst().reduce(into: powers[0]) { $0.add($1) }
        return powers.map { $0.map(with: sum) { $0 / $1 } }
    }

    private static func softmaxBackward(_ dShares: [Matrix], shares: [Matrix]) -> [Matrix] {
        var mean = Matrix(rows: 1, columns: dShares[0].columns)
        for (dShare, share) in zip(dShares, shares) { mean.add(dShare.times(share)) }
        return zip(dShares, shares).map { dShare, share in
            dShare.map(with: mean) { $0 - $1 }.times(share)
        }
    }
}

extension Matrix {
    /// The inner products of rows, (1, rows).
    fileprivate func timesByRows(_ other: Matrix) -> Matrix { times(other).transposed().sumOfRows() }
}
