import Experiments
import LinearAlgebra

extension OneDNNProducts {
    /// - Returns: nil where this machine cannot compute so.
    convenience init?(_ numerics: Numerics) {
        switch numerics {
        case .bf16: self.init(ElementType.bfloat16)
        case .float32: self.init(ElementType.float32)
        }
    }
}
