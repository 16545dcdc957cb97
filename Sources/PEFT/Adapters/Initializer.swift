import Experiments
import LinearAlgebra

/// How a new tensor starts.
enum Initializer {
    case zero
    case normal(deviation: Double)
    case uniform(bound: Double)
    /// `U(-1/√in, 1/√in)`: He et al. 2015 with a = √5, as PyTorch and PEFT
    /// start a linear layer and LoRA's A.
    case kaimingUniform
    /// `U(-√(6/in), √(6/in))`: the same with a = 0, as PEFT draws VeRA's.
    case heUniform

    /// - Parameter name: of the tensor, which selects its stream.
    func matrix(rows: Int, columns: Int, seed: UInt64, name: String) -> Matrix {
        var generator = SeededGenerator(seed: seed, purpose: "initial \(name)")
        switch self {
        case .zero: return Matrix(rows: rows, columns: columns)
        case .normal(let deviation):
            return .normal(rows: rows, columns: columns, deviation: deviation, using: &generator)
        case .uniform(let bound):
            return .uniform(rows: rows, columns: columns, bound: bound, using: &generator)
        case .kaimingUniform, .heUniform:
            let gain: Double = if case .heUniform = self { 6 } else { 1 }
            let bound = (gain / Double(columns)).squareRoot()
            return .uniform(rows: rows, columns: columns, bound: bound, using: &generator)
        }
    }
}
