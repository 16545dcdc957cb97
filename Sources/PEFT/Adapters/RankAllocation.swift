import Experiments
import Foundation
import LinearAlgebra

/// AdaLoRA's budget over all its updates (Zhang et al. 2023, arXiv 2303.10512,
/// sections 3.2 and 3.3): how much each triplet of A's row, e's entry and B's
/// column matters, and which are held at 0.
final class RankAllocation: TrainingRegulator {
    let method: AdaLoRA
    var updates: [LowRankUpdate] = []
    private var importance: [ObjectIdentifier: Importance] = [:]
    /// Of each update: which triplets stay, once the budget has fallen.
    private var kept: [[Bool]]?

    private static let (sensitivityDecay, uncertaintyDecay) = (Float(0.85), Float(0.85))

    /// Smoothed sensitivity `|p·g|` and its uncertainty, element by element.
    private struct Importance {
        var sensitivity: Matrix
        var uncertainty: Matrix
    }

    init(_ method: AdaLoRA) { self.method = method }

    /// The mean distance of A·Aᵀ and Bᵀ·B from the identity, weighted.
    func penalize() -> Double {
        guard method.orthogonality > 0 else { return 0 }
        let weight = method.orthogonality / Double(2 * updates.count)
        return updates.reduce(0) { sum, update in
            sum + weight
                * (distance(update.down, isTransposed: false, weight)
                    + distance(update.up, isTransposed: true, weight))
        }
    }

    /// `‖P·Pᵀ - I‖` by Frobenius, with P (r, n) or its transpose; accumulates
    /// its gradient `2·(P·Pᵀ - I)·P/‖·‖`, times a weight.
    private func distance(_ parameter: Parameter, isTransposed: Bool, _ weight: Double) -> Double {
        let value = parameter.value
        var excess = Matrix.product(value, value, transposing: isTransposed ? .first : .second)
        for index in 0..<excess.rows { excess[index, index] -= 1 }
        let norm = excess.sumOfSquares().squareRoot()
        guard norm > 0 else { return 0 }
        let scale = Float(2 * weight / norm)
        parameter.accumulate(
            isTransposed ? .product(value, excess, scale: scale) : .product(excess, value, scale: scale))
        return norm
    }

    func didStep(_ step: Int, of total: Int, gradientScale: Double) {
        let number = step + 1
        let final = total - Int((method.settling * Double(total)).rounded())
        guard number <= final else { return mask() }
        // The last allocation is by the steps before it.
        if number < final { updateImportance(gradientScale: Float(gradientScale)) }
        let budget = budget(at: number, warmup: Int((method.warmup * Double(total)).rounded()), final: final)
        guard let budget else { return }
        allocate(budget)
    }

    /// Nil in steps without an allocation.
    private func budget(at step: Int, warmup: Int, final: Int) -> Int? {
        let all = updates.reduce(0) { $0 + $1.down.value.rows }
        let target = max(Int((method.targetShare * Double(all)).rounded()), 1)
        guard step < final else { return target }
        guard step > warmup, step % method.interval == 0 else { return nil }
        let rest = 1 - Double(step - warmup) / Double(final - warmup)
        return target + Int(Double(all - target) * rest * rest * rest)
    }

    private func updateImportance(gradientScale: Float) {
        for parameter in parameters {
            guard let gradient = parameter.gradient else { continue }
            let now = parameter.value.times(gradient).map { abs(gradientScale * $0) }
            let zero = Matrix(rows: now.rows, columns: now.columns)
            var entry =
                importance[ObjectIdentifier(parameter)]
                ?? Importance(sensitivity: zero, uncertainty: zero)
            entry.sensitivity = entry.sensitivity.map(with: now) {
                Self.sensitivityDecay * $0 + (1 - Self.sensitivityDecay) * $1
            }
            let distance = now.map(with: entry.sensitivity) { abs($0 - $1) }
            entry.uncertainty = entry.uncertainty.map(with: distance) {
                Self.uncertaintyDecay * $0 + (1 - Self.uncertaintyDecay) * $1
            }
            importance[ObjectIdentifier(parameter)] = entry
        }
    }

    private func score(_ parameter: Parameter) -> Matrix {
        guard let entry = importance[ObjectIdentifier(parameter)] else {
            return Matrix(rows: parameter.value.rows, columns: parameter.value.columns)
        }
        return entry.sensitivity.times(entry.uncertainty)
    }

    /// Of each triplet: its entry's score and the means of its row's and
    /// column's.
    private func scores(_ update: LowRankUpdate) -> [Float] {
        let down = score(update.down).transposed().sumOfRows().values
        let up = score(update.up).sumOfRows().values
        let diagonal = score(update.diagonal!).values
        let (input, output) = (Float(update.down.value.columns), Float(update.up.value.rows))
        return diagonal.indices.map { diagonal[$0] + down[$0] / input + up[$0] / output }
    }

    /// Keeps the triplets of the highest scores over all updates; equals at the
    /// threshold go, as in PEFT.
    private func allocate(_ budget: Int) {
        let all = updates.map(scores)
        let sorted = all.joined().sorted()
        let dropped = sorted.count - budget
        guard dropped > 0 else { return }
        let threshold = sorted[dropped - 1]
        kept = all.map { $0.map { $0 > threshold } }
        mask()
    }

    /// Importance by tensor, and which triplets are left of each update.
    var memory: [String: Matrix] {
        var memory: [String: Matrix] = [:]
        for parameter in parameters {
            guard let entry = importance[ObjectIdentifier(parameter)] else { continue }
            memory["sensitivity.\(parameter.name)"] = entry.sensitivity
            memory["uncertainty.\(parameter.name)"] = entry.uncertainty
        }
        for (update, kept) in zip(updates, kept ?? []) {
            memory["kept.\(update.diagonal!.name)"] = Matrix(row: kept.map { $0 ? 1 : 0 })
        }
        return memory
    }

    func recall(_ memory: [String: Matrix]) -> Bool {
        var importance: [ObjectIdentifier: Importance] = [:]
        for parameter in parameters {
            guard let sensitivity = memory["sensitivity.\(parameter.name)"],
                let uncertainty = memory["uncertainty.\(parameter.name)"]
            else { continue }
            guard sensitivity.hasShape(of: parameter.value), uncertainty.hasShape(of: parameter.value) else {
                return false
            }
            importance[ObjectIdentifier(parameter)] = Importance(
                sensitivity: sensitivity, uncertainty: uncertainty)
        }
        let masks = updates.compactMap { update in
            memory["kept.\(update.diagonal!.name)"].flatMap { mask in
                mask.hasShape(of: update.diagonal!.value) ? mask.values.map { $0 != 0 } : nil
            }
        }
        guard 2 * importance.count + masks.count == memory.count,
            masks.isEmpty || masks.count == updates.count
        else { return false }
        self.importance = importance
        kept = masks.isEmpty ? nil : masks
        return true
    }

    private var parameters: [Parameter] { updates.flatMap { [$0.down, $0.up, $0.diagonal!] } }

    private func mask() {
        guard let kept else { return }
        for (update, kept) in zip(updates, kept) {
            let diagonal = update.diagonal!
            diagonal.value = Matrix(
                row: zip(diagonal.value.values, kept).map { $1 ? $0 : 0 })
        }
    }
}
