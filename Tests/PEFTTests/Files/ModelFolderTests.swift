import Experiments
import Foundation
import PEFT
import Testing

@Suite struct ModelFolderTests {
    static let configuration: JSON = [
        "model_type": "bert", "vocab_size": 10, "hidden_size": 4, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": 8, "max_position_embeddings": 16,
    ]
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    func writeConfiguration(_ changes: [String: JSON] = [:]) throws {
        var members = try #require(Self.configuration.object)
        members.merge(changes) { _, new in new }
        _ = try folder.write("config.json", JSON.object(members).canonicalText)
    }

    func writeTensors(_ names: String..., file: String = "model.safetensors") throws {
        try SafetensorsWriter.write(
            tensors: names.enumerated().map { (name: $1, shape: [2], values: [Float($0), 1]) }, metadata: [:],
            to: "\(folder.path)/\(file)")
    }

    func open() throws -> ModelFolder {
        try ModelFolder(path: folder.path)
    }

    @Test func `the configuration has its sizes and defaults`() throws {
        try writeConfiguration()
        try writeTensors("a")
        #expect(
            try open().configuration
                == EncoderConfiguration(
                    family: .bert,
                    shape: ModelShape(
                        vocabulary: 10, positions: 16, tokenTypes: 2, layers: 1, hidden: 4, heads: 2,
                        feedForward: 8),
                    layerNormEpsilon: 1e-12, paddingID: 0))
    }

    /// The words that a family's own keys replace, with its defaults.
    @Test func `each family is read by its own keys`() throws {
        try writeTensors("a")
        try writeConfiguration(["model_type": "roberta", "type_vocab_size": 1, "layer_norm_eps": 1e-5])
        let roberta = try open().configuration
        #expect(roberta.family == .roberta && roberta.paddingID == 1 && roberta.layerNormEpsilon == 1e-5)
        #expect(roberta.shape.longestSequence == 14 && roberta.shape.positions == 16)

        try writeConfiguration(["model_type": "electra", "embedding_size": 3])
        let electra = try open().configuration
        #expect(
            electra.family == .electra && electra.shape.embedding == 3 && electra.shape.projectsEmbeddings)

        let distilbert: JSON = [
            "model_type": "distilbert", "vocab_size": 10, "dim": 4, "n_layers": 1, "n_heads": 2,
            "hidden_dim": 8, "max_position_embeddings": 16, "sinusoidal_pos_embds": true,
        ]
        _ = try folder.write("config.json", distilbert.canonicalText)
        #expect(
            try open().configuration
                == EncoderConfiguration(
                    family: .distilbert,
                    shape: ModelShape(
                        vocabulary: 10, positions: 16, tokenTypes: 0, layers: 1, hidden: 4, heads: 2,
                        feedForward: 8)))
    }

    @Test func `other families are refused with the list of known ones`() throws {
        try writeTensors("a")
        try writeConfiguration(["model_type": "robberta"])
        let misspelt = try #require(throws: InputError.self) { try open() }
        #expect(
            misspelt.reason == #"expected one of bert, distilbert, electra, roberta, found "robberta""#
                && misspelt.suggestion == "roberta")
        try writeConfiguration(["model_type": "xlm-roberta"])
        #expect(try #require(throws: InputError.self) { try open() }.reason.contains("SentencePiece"))
        try writeConfiguration(["model_type": "distilbert", "activation": "relu"])
        #expect(try #require(throws: InputError.self) { try open() }.key == "activation")
        try writeConfiguration(["model_type": "distilbert"])
        #expect(try #require(throws: InputError.self) { try open() }.key == "dim")
        try writeConfiguration(["model_type": "roberta", "pad_token_id": 9, "max_position_embeddings": 11])
        #expect(try #require(throws: InputError.self) { try open() }.key == "max_position_embeddings")
    }

    @Test(
        arguments: [
            ("model_type", "gpt2"), ("hidden_act", "relu"), ("position_embedding_type", "relative_key"),
            ("is_decoder", true), ("vocab_size", 0), ("vocab_size", "10"), ("hidden_size", 1.5),
            ("num_attention_heads", 3), ("num_hidden_layers", .null), ("intermediate_size", -1),
            ("max_position_embeddings", 9_000_000_000_000), ("layer_norm_eps", 0), ("pad_token_id", 10),
        ] as [(String, JSON)])
    func `a configuration that does not fit is refused by its key`(key: String, value: JSON) throws {
        try writeConfiguration([key: value])
        try writeTensors("a")
        let error = #expect(throws: InputError.self) { try open() }
        #expect(error?.key == key)
    }

    @Test func `tensors are found under all their spellings`() throws {
        try writeConfiguration()
        try writeTensors("bert.x.weight", "y.weight", "z.LayerNorm.gamma", "bert.z.LayerNorm.beta")
        let model = try open()
        #expect(try model.tensor("x.weight", shape: [2]) == [0, 1])
        #expect(try model.tensor("bert.y.weight", shape: [2]) == [1, 1])
        #expect(try model.tensor("z.LayerNorm.weight", shape: [2]) == [2, 1])
        #expect(try model.tensor("z.LayerNorm.bias", shape: [2]) == [3, 1])
        #expect(model.hasTensor("x.weight") && !model.hasTensor("x.bias"))
        try writeConfiguration(["model_type": "roberta"])
        try writeTensors("roberta.x.weight", "y.weight", "bert.z.weight")
        let roberta = try open()
        #expect(try roberta.tensor("x.weight", shape: [2]) == [0, 1])
        #expect(try roberta.tensor("roberta.y.weight", shape: [2]) == [1, 1])
        #expect(!roberta.hasTensor("z.weight"))
    }

    @Test func `a missing tensor and a wrong shape are refused`() throws {
        try writeConfiguration()
        try writeTensors("pooler.dense.weight")
        let model = try open()
        let missing = #expect(throws: InputError.self) { try model.tensor("pooler.dense.wieght", shape: [2]) }
        #expect(missing?.suggestion == "pooler.dense.weight")
        let wrong = #expect(throws: InputError.self) {
            try model.tensor("pooler.dense.weight", shape: [1, 2])
        }
        #expect(wrong?.reason == "expected the shape [1, 2], found [2]")
    }

    @Test func `shards are read through their index`() throws {
        try writeConfiguration()
        try writeTensors("a", "b", file: "model-00001-of-00002.safetensors")
        try writeTensors("c", file: "model-00002-of-00002.safetensors")
        let index = #"""
            {"metadata":{"total_size":24},"weight_map":{"a":"model-00001-of-00002.safetensors",
            "b":"model-00001-of-00002.safetensors","c":"model-00002-of-00002.safetensors"}}
            """#
        _ = try folder.write("model.safetensors.index.json", index)
        let model = try open()
        #expect(try model.tensor("b", shape: [2]) == [1, 1])
        #expect(try model.tensor("c", shape: [2]) == [0, 1])
        #expect(
            try model.fileHashes().keys.sorted() == [
                "config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                "model.safetensors.index.json",
            ])
    }

    @Test(arguments: [
        "../model.safetensors", "/etc/passwd", "x/model.safetensors", ".safetensors", "m.bin", "",
    ])
    func `a shard outside the folder is refused`(name: String) throws {
        try writeConfiguration()
        _ = try folder.write("model.safetensors.index.json", #"{"weight_map":{"a":"\#(name)"}}"#)
        let error = #expect(throws: InputError.self) { try open() }
        #expect(error?.key == "weight_map.a")
    }

    @Test func `an index that promises too much is refused`() throws {
        try writeConfiguration()
        try writeTensors("a", file: "shard.safetensors")
        _ = try folder.write("model.safetensors.index.json", #"{"weight_map":{"b":"shard.safetensors"}}"#)
        #expect(
            try #require(throws: InputError.self) { try open() }.reason
                == "shard.safetensors has no such tensor")
    }

    @Test func `pickled weights are refused with the way to convert them`() throws {
        try writeConfiguration()
        _ = try folder.write("pytorch_model.bin", "")
        let error = #expect(throws: InputError.self) { try open() }
        #expect(error?.reason.contains("pytorch_model.bin") == true)
        #expect(error?.suggestion?.contains("safe_serialization=True") == true)
    }

    @Test func `a folder without a model is refused`() throws {
        #expect(throws: InputError("\(folder.path)/none", reason: "there is no such folder")) {
            try ModelFolder(path: "\(folder.path)/none")
        }
        #expect(throws: InputError("\(folder.path)/config.json", reason: "there is no such file")) {
            try open()
        }
        _ = try folder.write("config.json", "{\n\"a\": 1,\n}")
        #expect(try #require(throws: InputError.self) { try open() }.line == 3)
    }

    @Test func `hashes are those of the files that decide`() throws {
        try writeConfiguration()
        try writeTensors("a")
        for name in ["vocab.txt", "tokenizer.json", "tokenizer_config.json", "README.md"] {
            _ = try folder.write(name, name)
        }
        let hashes = try open().fileHashes()
        #expect(
            hashes.keys.sorted() == [
                "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt",
            ])
        #expect(hashes["vocab.txt"] == ContentHash.sha256(of: Array("vocab.txt".utf8)))
    }
}
