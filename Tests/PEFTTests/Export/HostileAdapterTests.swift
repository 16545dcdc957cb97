import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

/// Adapter folders that are not what they should be: refused by name.
@Suite struct HostileAdapterTests {
    private let exports: ExportExample
    private let place: TemporaryFolder

    init() throws {
        exports = try ExportExample()
        place = try TemporaryFolder()
    }

    /// An adapter of LoRA with its config changed.
    private func adapter(_ change: (inout [String: JSON]) -> Void) throws -> String {
        let lora = LoRA(ranks: [Site(layer: 1, projection: .query): 2, Site(layer: 2, projection: .value): 3])
        let path = "\(place.path)/adapter"
        try? FileManager.default.removeItem(atPath: path)
        let configuration = Configuration(components: [.lora(lora)])
        let network = try exports.network(configuration)
        try ModelExport.write(exports.model(configuration, network: network), as: .peft, to: path)
        var members = try JSON.parse(readFile("\(path)/adapter_config.json")).object ?? [:]
        change(&members)
        try Data(JSON.object(members).canonicalText.utf8).write(
            to: URL(fileURLWithPath: "\(path)/adapter_config.json"))
        return path
    }

    @Test(
        arguments: [
            ("peft_type", "VERA"), ("peft_type", "BOFT"), ("task_type", "CAUSAL_LM"), ("lora_bias", true),
            ("fan_in_fan_out", true),
            ("use_qalora", true), ("layer_replication", [[0, 1]]), ("alora_invocation_tokens", [1]),
            ("init_lora_weights", "pissa"), ("bias", "some"), ("r", 0), ("lora_alpha", "x"),
            ("future_flag", 1),
            ("target_modules", "all-linear"), ("target_modules", ["key"]), ("target_modules", "(?<=a)b"),
            ("exclude_modules", ["query"]), ("layers_to_transform", [0]), ("rank_pattern", [:]),
            ("rank_pattern", ["query": 2, ".*query": 5]), ("alpha_pattern", ["((": 5]), ("use_dora", true),
            ("trainable_token_indices", [1, 2]), ("target_parameters", ["x"]),
        ] as [(String, JSON)])
    func `a setting that is not understood, or does not fit the tensors, is refused`(
        key: String, value: JSON
    ) throws {
        let path = try adapter { $0[key] = value }
        #expect(throws: InputError.self) { try HandedOverModel(folder: path) }
    }

    @Test(
        arguments: [
            ("peft_version", "0.21.2"), ("lora_dropout", 0.3), ("revision", .null), ("inference_mode", false),
            ("eva_config", .null), ("loftq_config", [:]), ("megatron_core", "megatron.core"),
            ("target_modules", ["1.attention.self.query", "2.attention.self.value"]),
            ("target_modules", ".*\\.(1\\..*query|2\\..*value)"),
            ("layers_to_transform", [1, 2]), ("init_lora_weights", "gaussian"), ("exclude_modules", ["key"]),
        ] as [(String, JSON)])
    func `a setting without an effect changes nothing`(key: String, value: JSON) throws {
        let plain = try HandedOverModel(folder: adapter { _ in }).network.logits(of: ExportExample.batch)
        let path = try adapter { $0[key] = value }
        let logits = try HandedOverModel(folder: path).network.logits(of: ExportExample.batch)
        #expect(logits.isIdentical(to: plain))
    }

    @Test func `scales follow alpha_pattern and use_rslora`() throws {
        let plain = try HandedOverModel(folder: adapter { _ in }).network.logits(of: ExportExample.batch)
        for (key, value) in [("alpha_pattern", ["value": 30]), ("use_rslora", true)] as [(String, JSON)] {
            let path = try adapter { $0[key] = value }
            let logits = try HandedOverModel(folder: path).network.logits(of: ExportExample.batch)
            #expect(difference(logits, plain) > 1e-3, "\(key)")
        }
    }

    @Test func `a base that is not here is asked for`() throws {
        let path = try adapter { $0["base_model_name_or_path"] = "organisation/model" }
        let error = #expect(throws: InputError.self) { try HandedOverModel(folder: path) }
        #expect(error?.suggestion == "--model FOLDER with the base model")
        _ = try HandedOverModel(folder: path, base: exports.folder.path)
    }

    @Test func `files that run code are not opened`() throws {
        let path = try adapter { _ in }
        try FileManager.default.moveItem(
            atPath: "\(path)/adapter_model.safetensors", toPath: "\(path)/adapter_model.bin")
        let error = #expect(throws: InputError.self) { try HandedOverModel(folder: path) }
        #expect(error?.reason.contains("can run code") == true)
    }

    @Test func `a model with code of its own is refused`() throws {
        let path = "\(place.path)/code"
        try ModelExport.write(
            exports.model(Configuration(), network: exports.network(Configuration())), as: .merged, to: path)
        var members = try JSON.parse(readFile("\(path)/config.json")).object ?? [:]
        members["auto_map"] = ["AutoModelForSequenceClassification": "modeling.Other"]
        try Data(JSON.object(members).canonicalText.utf8).write(
            to: URL(fileURLWithPath: "\(path)/config.json"))
        #expect(throws: InputError.self) { try HandedOverModel(folder: path) }
    }
}
