import LinearAlgebra

/// Holds the V of fusions near the identity: `weight·Σ ‖V - I‖²` (Pfeiffer et
/// al. 2021, arXiv 2005.00247, section 4.2).
final class FusionRegularization: TrainingRegulator {
    private let weight: Double
    private var values: [Parameter] = []

    init(weight: Double) { self.weight = weight }

    func add(_ value: Parameter) { values.append(value) }

    func penalize() -> Double {
        guard weight > 0 else { return 0 }
        return values.reduce(0) { sum, parameter in
            var excess = parameter.value
            for index in 0..<excess.rows { excess[index, index] -= 1 }
            let slope = Float(2 * weight)
            parameter.accumulate(excess.map { slope * $0 })
            return sum + weight * excess.sumOfSquares()
        }
    }
}
