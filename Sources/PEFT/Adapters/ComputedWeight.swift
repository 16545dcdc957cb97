import LinearAlgebra

/// A change of a weight that is no low-rank term: computed whole, once a step.
protocol WeightDelta: AnyObject {
    /// What it is made of.
    var parameters: [Parameter] { get }
    /// (out, in), to be added to the weight.
    func delta(of weight: Matrix) -> Matrix
    /// Accumulates the gradients of its parameters from that of the changed
    /// weight.
    /// - Returns: the gradient of the weight through the delta alone; nil is 0.
    func backward(_ dWeight: Matrix, weight: Matrix) -> Matrix?
}

/// A map's weight with everything that changes it whole.
final class ComputedWeight: Reparameterization {
    let base: Parameter
    let weight: Parameter
    var deltas: [any WeightDelta] = []

    init(_ base: Parameter, in attachment: Attachment) {
        self.base = base
        weight = attachment.computed(base.name, base.value)
        attachment.add(self)
    }

    var computed: [Parameter] { [weight] }

    var sources: [Parameter] { [base] + deltas.flatMap(\.parameters) }

    func compute() {
        weight.value = deltas.reduce(into: base.value) { $0.add($1.delta(of: base.value)) }
    }

    func backward() {
        guard let gradient = weight.gradient else { return }
        base.accumulate(gradient)
        for delta in deltas {
            let through = delta.backward(gradient, weight: base.value)
            if let through { base.accumulate(through) }
        }
    }
}
