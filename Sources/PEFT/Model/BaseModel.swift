public import Experiments
package import LinearAlgebra

/// The frozen weights of a pretrained encoder, shared by all that is attached
/// to it.
public struct BaseModel: Sendable {
    public let shape: ModelShape
    public let layerNormEpsilon: Float
    public let paddingID: Int
    /// By name (`BERTNames`); vectors are one row. Pooler tensors may be
    /// missing.
    package let weights: [String: FrozenWeight]

    package init(shape: ModelShape, layerNormEpsilon: Float, paddingID: Int, tensors: [String: Matrix]) {
        self.shape = shape
        self.layerNormEpsilon = layerNormEpsilon
        self.paddingID = paddingID
        weights = tensors.mapValues(FrozenWeight.init)
    }

    /// Bytes of all weights.
    public var bytes: Int { weights.values.reduce(0) { $0 + $1.matrix.count * MemoryLayout<Float>.stride } }
}
