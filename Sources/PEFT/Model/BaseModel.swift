public import Experiments
package import LinearAlgebra

/// The frozen weights of a pretrained encoder, shared by all that is attached
/// to it.
public struct BaseModel: Sendable {
    public let family: ModelFamily
    public let shape: ModelShape
    public let layerNormEpsilon: Float
    public let paddingID: Int
    /// By name without prefix; vectors are one row. Pooler tensors may be
    /// missing.
    package let weights: [String: FrozenWeight]
    /// The files that weights lie in, as far as they were mapped.
    private let maps: [MappedFile]

    package init(
        family: ModelFamily, shape: ModelShape, layerNormEpsilon: Float, paddingID: Int,
        tensors: [String: Matrix],
        maps: [MappedFile] = []
    ) {
        self.family = family
        self.shape = shape
        self.maps = maps
        self.layerNormEpsilon = layerNormEpsilon
        self.paddingID = paddingID
        weights = tensors.mapValues(FrozenWeight.init)
    }

    /// Whether nobody has written to the files that the weights lie in.
    package var isUnchanged: Bool { maps.allSatisfy(\.isUnchanged) }

    /// Lets go of the memory that shows the files, until it is looked at again:
    /// products that have packed a weight do not read it any more.
    package func releasePages() { maps.forEach { $0.releasePages() } }

    /// Bytes of all weights.
    public var bytes: Int { weights.values.reduce(0) { $0 + $1.matrix.count * MemoryLayout<Float>.stride } }
}
