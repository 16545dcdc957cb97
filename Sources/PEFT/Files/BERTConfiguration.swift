import Experiments

/// The sizes of a BERT model, from its `config.json`. All are in range and fit
/// each other.
public struct BERTConfiguration: Sendable, Hashable {
    /// Tokens; the rows of the word embedding.
    public var vocabularySize: Int
    /// Width of the hidden states; a multiple of `heads`.
    public var hiddenSize: Int
    public var layers: Int
    public var heads: Int
    /// Width of the feed-forward layer.
    public var intermediateSize: Int
    /// The longest sequence in tokens.
    public var maximumPositions: Int
    /// Kinds of segments; 2 where pairs are read.
    public var typeVocabularySize: Int
    /// What LayerNorm adds to the variance; in (0, 1).
    public var layerNormEpsilon: Float
    public var paddingID: Int

    public init(
        vocabularySize: Int, hiddenSize: Int, layers: Int, heads: Int, intermediateSize: Int,
        maximumPositions: Int, typeVocabularySize: Int = 2, layerNormEpsilon: Float = 1e-12,
        paddingID: Int = 0
    ) {
        self.vocabularySize = vocabularySize
        self.hiddenSize = hiddenSize
        self.layers = layers
        self.heads = heads
        self.intermediateSize = intermediateSize
        self.maximumPositions = maximumPositions
        self.typeVocabularySize = typeVocabularySize
        self.layerNormEpsilon = layerNormEpsilon
        self.paddingID = paddingID
    }
}

extension BERTConfiguration {
    /// Reads a `config.json`. What is absent has the default of Hugging Face's
    /// `BertConfig`, the sizes excepted, which must be there.
    /// - Parameter path: the file, for the errors.
    init(_ json: JSON, path: String) throws(InputError) {
        let keys = ConfigurationKeys(json, path: path)
        try keys.expect("model_type", "bert", default: nil)
        try keys.expect("hidden_act", "gelu", default: "gelu")
        try keys.expect("position_embedding_type", "absolute", default: "absolute")
        try keys.refuse("is_decoder", "this model generates text; an encoder is needed")
        try keys.refuse("add_cross_attention", "this model has cross attention; an encoder alone is needed")
        self.init(
            vocabularySize: try keys.size("vocab_size", 1...10_000_000),
            hiddenSize: try keys.size("hidden_size", 1...65_536),
            layers: try keys.size("num_hidden_layers", 1...1_000),
            heads: try keys.size("num_attention_heads", 1...1_024),
            intermediateSize: try keys.size("intermediate_size", 1...1_048_576),
            maximumPositions: try keys.size("max_position_embeddings", 2...1_048_576),
            typeVocabularySize: try keys.size("type_vocab_size", 1...1_024, default: 2),
            layerNormEpsilon: try keys.epsilon("layer_norm_eps", default: 1e-12),
            paddingID: try keys.size("pad_token_id", 0...10_000_000, default: 0))
        guard hiddenSize % heads == 0 else {
            throw keys.error(
                "num_attention_heads", "\(heads) heads do not divide hidden_size \(hiddenSize)")
        }
        guard paddingID < vocabularySize else {
            throw keys.error(
                "pad_token_id", "expected less than vocab_size \(vocabularySize), found \(paddingID)")
        }
    }
}

/// Typed and checked access to the members of a `config.json`.
private struct ConfigurationKeys {
    let json: JSON
    let path: String

    init(_ json: JSON, path: String) {
        self.json = json
        self.path = path
    }

    func error(_ key: String, _ reason: String, suggestion: String? = nil) -> InputError {
        InputError(path, key: key, reason: reason, suggestion: suggestion)
    }

    func expect(_ key: String, _ expected: String, default absent: String?) throws(InputError) {
        let value = json[key].map { $0.string ?? $0.canonicalText } ?? absent
        guard value == expected else {
            throw error(
                key, "expected \"\(expected)\", found \(value.map { "\"\($0.prefix(40))\"" } ?? "nothing")")
        }
    }

    func refuse(_ key: String, _ reason: String) throws(InputError) {
        if let value = json[key], value != .null, value != false { throw error(key, reason) }
    }

    func size(_ key: String, _ range: ClosedRange<Int>, default absent: Int? = nil) throws(InputError) -> Int
    {
        let value = json[key] ?? .null
        if value == .null, let absent { return absent }
        guard let size = value.integer, range.contains(size) else {
            let found = value == .null ? "nothing" : String(value.canonicalText.prefix(40))
            throw error(
                key, "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(found)"
            )
        }
        return size
    }

    func epsilon(_ key: String, default absent: Float) throws(InputError) -> Float {
        guard let value = json[key] else { return absent }
        guard let number = value.number.map(Float.init), number > 0, number < 1 else {
            throw error(key, "expected a number between 0 and 1, found \(value.canonicalText.prefix(40))")
        }
        return number
    }
}
