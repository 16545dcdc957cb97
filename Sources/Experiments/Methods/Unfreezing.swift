/// Trains whole blocks of the base: layer-wise fine-tuning, and full
/// fine-tuning when it names all of them and the embeddings.
public struct Unfreezing: Sendable, Hashable {
    public var layers: Set<Int>
    public var embeddings: Bool
    /// Multiplies the learning rate of the unfrozen tensors, in (0, 1]: they
    /// start at pretrained values and want smaller steps than new ones.
    public var learningRateScale: Double

    public init(layers: Set<Int>, embeddings: Bool = false, learningRateScale: Double = 1) {
        self.layers = layers
        self.embeddings = embeddings
        self.learningRateScale = learningRateScale
    }
}

extension Unfreezing: NamingLayers {
    package static let name = "unfreeze"
    package static let summary = "Trains whole blocks of the base and its embeddings."
    package static let typicalLearningRate = 1e-4

    package static let settings: [Setting<Unfreezing>] = [
        .number(
            "learning_rate_scale", \.learningRateScale, in: 0...1, above: true,
            searched: .levels([0.03, 0.1, 0.3, 1]),
            "Multiplies the learning rate of the unfrozen tensors.")
    ]

    package init() { self.init(layers: []) }

    static let embeddingsPlace = Parameter.Place(component: name, layer: nil, part: "embeddings")

    static func place(_ layer: Int) -> Parameter.Place {
        Parameter.Place(component: name, layer: layer, part: "block")
    }

    package static func places(in shape: ModelShape) -> [Parameter.Place] {
        (0..<shape.layers).map(place) + [embeddingsPlace]
    }

    package static func parameterName(of place: Parameter.Place) -> String {
        place.layer.map { "\(name).\($0)" } ?? "\(name).\(place.part)"
    }

    package var sizes: [Parameter.Place: Int] {
        get {
            var sizes = Dictionary(uniqueKeysWithValues: layers.map { (Self.place($0), 1) })
            if embeddings { sizes[Self.embeddingsPlace] = 1 }
            return sizes
        }
        set {
            layers = Set(newValue.keys.compactMap(\.layer))
            embeddings = newValue[Self.embeddingsPlace] != nil
        }
    }

    package init(sizes reader: inout JSONObjectReader) throws(InputError) {
        self.init(
            layers: try reader.layers("layers") ?? [],
            embeddings: try reader.bool("embeddings", default: false))
    }

    package var sizesJSON: [String: JSON] {
        ["layers": .layers(layers), "embeddings": .bool(embeddings)]
    }

    package func select(in selection: inout TensorSelection, shape: ModelShape) {
        for layer in layers {
            for projection in Projection.allCases {
                let site = Site(layer: layer, projection: projection)
                selection.train(.weight(site), learningRateScale: learningRateScale)
                selection.train(.bias(site), learningRateScale: learningRateScale)
            }
            selection.train(.attention(layer), learningRateScale: learningRateScale)
            selection.train(.output(layer), learningRateScale: learningRateScale)
        }
        guard embeddings else { return }
        for tensor in [
            BaseTensor.words, .positions, .types, .embeddingProjectionWeight, .embeddingProjectionBias,
        ] { selection.train(tensor, learningRateScale: learningRateScale) }
        selection.train(.embeddings, learningRateScale: learningRateScale)
    }
}
