/// Holds the frozen weights of blocks in 4-bit NormalFloat with double
/// quantisation: QLoRA's base (Dettmers et al. 2023, arXiv 2305.14314).
///
/// A way to need less memory, and here nothing else: products read weights that
/// are computed from the codes each time, which takes longer than reading them.
/// What trains beside it learns what the rounding lost.
public struct NF4Quantization: Sendable, Hashable {
    public var layers: Set<Int>

    public init(layers: Set<Int>) { self.layers = layers }
}

extension NF4Quantization: NamingLayers {
    package static let name = "nf4"
    package static let summary =
        "Frozen weights in 4 bits, QLoRA's base (arXiv 2305.14314): saves memory, costs time."

    package init() { self.init(layers: []) }

    package func conflict(with other: any AdaptationMethod) -> String? {
        guard let unfreezing = other as? Unfreezing else { return nil }
        return unfreezing.layers.intersection(layers).min().map {
            "nf4 holds the frozen weights of block \($0), which unfreeze trains"
        }
    }

    package var lowestLayer: Int? { nil }
    package var lowestChangedLayer: Int? { layers.min() }
}
