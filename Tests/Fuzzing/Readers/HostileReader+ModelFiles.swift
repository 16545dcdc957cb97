import Experiments
import PEFT

extension HostileReader {
    /// The files of a model folder but those of its tokenizer.
    static let modelFiles: [(name: String, make: @Sendable () throws -> HostileReader)] = [
        ("safetensors", { try safetensors() }), ("model_configuration", { try modelConfiguration() }),
        ("weight_index", { try weightIndex() }),
    ]

    /// Whether a safetensors file has a header of JSON.
    static let hasHeader: @Sendable ([UInt8]) -> Bool = { input in
        let length = input.prefix(3).reversed().reduce(0) { $0 << 8 | Int($1) }
        return isJSON(Array(input.dropFirst(8).prefix(length)))
    }

    /// Reads every tensor that holds numbers.
    private static func safetensors() throws -> HostileReader {
        let folder = try ScratchFolder()
        return HostileReader(
            "safetensors",
            seeds: try ["head_only_absent_pooler", "head_only", "prompt", "ia3_peft_default", "base"]
                .map { try Fixtures.bytes("golden/\($0 == "base" ? "electra/base" : $0).safetensors") },
            mutation: SafetensorsMutation(),
            isWellFormed: hasHeader
        ) { input in
            let file = try SafetensorsFile(path: folder.write("model.safetensors", input))
            for name in file.names where file[name]?.dtype == .float32 || file[name]?.dtype == .bfloat16 {
                let count = try file.floats(name).count
                try require(count == file[name]?.shape.reduce(1, *), "a tensor has other values")
            }
        }
    }

    /// A `config.json` beside the weights of a tiny model.
    private static func modelConfiguration() throws -> HostileReader {
        let folder = try ScratchFolder()
        try folder.copy(Fixtures.path("\(Fixtures.tinyBERT)/model.safetensors"), as: "model.safetensors")
        let families = [
            "tiny-bert", "distilbert/tiny-distilbert", "electra/tiny-electra", "roberta/tiny-roberta",
        ]
        return HostileReader(
            "model_configuration", seeds: try families.map { try Fixtures.bytes("golden/\($0)/config.json") },
            mutation: JSONMutation(words: [
                "model_type", "bert", "roberta", "electra", "distilbert", "hidden_size", "num_hidden_layers",
                "num_attention_heads", "intermediate_size", "vocab_size", "max_position_embeddings",
                "type_vocab_size", "pad_token_id", "layer_norm_eps", "embedding_size", "dim", "n_heads",
                "is_decoder", "gelu", "relu", "absolute",
            ]), isWellFormed: isJSON
        ) { input in
            _ = try folder.write("config.json", input)
            let model = try ModelFolder(path: folder.path)
            // Sizes that are in range reach an allocation only if the tensors have them.
            if (try? BaseModel.check(folder: model)) != nil { _ = try BaseModel(folder: model) }
        }
    }

    /// The index of shards, of which there are two.
    private static func weightIndex() throws -> HostileReader {
        let folder = try ScratchFolder()
        try folder.copy(Fixtures.path("\(Fixtures.tinyBERT)/config.json"), as: "config.json")
        let tensors = try SafetensorsFile(path: Fixtures.path("\(Fixtures.tinyBERT)/model.safetensors")).names
        for shard in ["a.safetensors", "b.safetensors"] {
            try folder.copy(Fixtures.path("\(Fixtures.tinyBERT)/model.safetensors"), as: shard)
        }
        let map = tensors.enumerated().map {
            ($1, JSON.string($0 % 2 == 0 ? "a.safetensors" : "b.safetensors"))
        }
        let index: JSON = [
            "metadata": ["total_size": 1], "weight_map": .object(Dictionary(uniqueKeysWithValues: map)),
        ]
        return HostileReader(
            "weight_index", seeds: [Array(index.canonicalText.utf8)],
            mutation: JSONMutation(
                words: ["weight_map", "a.safetensors", "b.safetensors", "c.safetensors", "../a.safetensors"]
                    + tensors), isWellFormed: isJSON
        ) { input in
            _ = try folder.write("model.safetensors.index.json", input)
            try BaseModel.check(folder: ModelFolder(path: folder.path))
        }
    }
}
