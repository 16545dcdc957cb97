public import Experiments

/// The family and the sizes of a model, from its `config.json`. All are in
/// range and fit each other.
public struct EncoderConfiguration: Sendable, Hashable {
    public var family: ModelFamily
    public var shape: ModelShape
    /// What LayerNorm adds to the variance; in (0, 1).
    public var layerNormEpsilon: Float
    public var paddingID: Int

    public init(
        family: ModelFamily, shape: ModelShape, layerNormEpsilon: Float = 1e-12, paddingID: Int = 0
    ) {
        self.family = family
        self.shape = shape
        self.layerNormEpsilon = layerNormEpsilon
        self.paddingID = paddingID
    }
}

extension EncoderConfiguration {
    /// Reads a `config.json`. What is absent has the default of the family's
    /// configuration in transformers, the sizes excepted, which must be there.
    /// - Parameter path: the file, for the errors.
    init(_ json: JSON, path: String) throws(InputError) {
        let reader = ConfigurationReader(json: json, path: path)
        let family = try Self.family(reader)
        try Self.checkKind(reader, family)
        let paddingID = try reader.size(
            "pad_token_id", 0...10_000_000, default: family.configuration.absentPaddingID)
        let shape = try Self.shape(reader, family, paddingID: paddingID)
        let epsilonKey = family.configuration.layerNormEpsilon
        self.init(
            family: family, shape: shape,
            layerNormEpsilon: try epsilonKey.map { key throws(InputError) in
                try reader.epsilon(key, default: 1e-12)
            } ?? 1e-12,
            paddingID: paddingID)
        guard paddingID < shape.vocabulary else {
            throw reader.error(
                "pad_token_id", "expected less than vocab_size \(shape.vocabulary), found \(paddingID)")
        }
    }

    private static func family(_ reader: ConfigurationReader) throws(InputError) -> ModelFamily {
        let known = ModelFamily.known.map(\.name)
        let type = reader.json["model_type"]?.string ?? ""
        if let family = ModelFamily.known.first(where: { $0.name == type }) { return family }
        if ["xlm-roberta", "camembert"].contains(type) {
            throw reader.error(
                "model_type", "\(type) is RoBERTa with a SentencePiece tokenizer, which is not read",
                suggestion: "a model of type \(known.joined(separator: ", "))")
        }
        throw reader.error(
            "model_type",
            "expected one of \(known.joined(separator: ", ")), found \(reader.found("model_type"))",
            suggestion: InputError.nearest(to: type, in: known))
    }

    /// Refuses what would be computed otherwise than by the common block.
    private static func checkKind(
        _ reader: ConfigurationReader, _ family: ModelFamily
    ) throws(InputError) {
        try reader.expect(family.configuration.activation, "gelu", isOptional: true)
        try reader.expect("position_embedding_type", "absolute", isOptional: true)
        try reader.refuse("is_decoder", "this model generates text; an encoder is needed")
        try reader.refuse(
            "add_cross_attention", "this model has cross attention; an encoder alone is needed")
    }

    private static func shape(
        _ reader: ConfigurationReader, _ family: ModelFamily, paddingID: Int
    ) throws(InputError) -> ModelShape {
        let keys = family.configuration
        let hidden = try reader.size(keys.hidden, 1...65_536)
        let heads = try reader.size(keys.heads, 1...1_024)
        guard hidden % heads == 0 else {
            throw reader.error(keys.heads, "\(heads) heads do not divide \(keys.hidden) \(hidden)")
        }
        let offset = family.positions.offset(paddingID: paddingID)
        return ModelShape(
            vocabulary: try reader.size("vocab_size", 1...10_000_000),
            positions: try reader.size("max_position_embeddings", (offset + 2)...(offset + 1_048_576)),
            tokenTypes: try keys.tokenTypes.map { key throws(InputError) in
                try reader.size(key, 1...1_024, default: 2)
            } ?? 0,
            layers: try reader.size(keys.layers, 1...1_000), hidden: hidden, heads: heads,
            feedForward: try reader.size(keys.feedForward, 1...1_048_576),
            embedding: try keys.embedding.map { key throws(InputError) in
                try reader.size(key, 1...65_536, default: 128)
            },
            positionOffset: offset)
    }
}
