import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

/// Adapters of PEFT that lack something their config names, or have something
/// where it does not belong.
@Suite struct IncompleteAdapterTests {
    private let exports: ExportExample
    private let path: String
    private static let query = "base_model.model.bert.encoder.layer.1.attention.self.query"
    private static let pooler = "base_model.model.bert.pooler.dense"

    init() throws {
        exports = try ExportExample()
        path = "\(exports.example.folder.path)/adapter"
    }

    private static let lora = Component.lora(
        LoRA(ranks: [Site(layer: 1, projection: .query): 2, Site(layer: 2, projection: .value): 3]))

    /// Exports an adapter of PEFT and changes it.
    private func adapt(
        _ components: [Component] = [lora],
        _ change: (inout [String: JSON], inout [String: Matrix]) throws -> Void
    ) throws {
        try? FileManager.default.removeItem(atPath: path)
        let configuration = Configuration(components: components)
        let network = try exports.network(configuration)
        try ModelExport.write(exports.model(configuration, network: network), as: .peft, to: path)
        _ = try HandedOverModel(folder: path)
        try AdapterFiles.change(peft: path, change)
    }

    private func refusal() -> InputError? {
        #expect(throws: InputError.self) { try HandedOverModel(folder: path) }
    }

    @Test(arguments: ["lora_", "1.attention.self.query.lora_", "2.attention.self.value.lora_"])
    func `a module of target_modules without tensors is refused`(part: String) throws {
        try adapt { _, tensors in tensors = tensors.filter { !$0.key.contains(part) } }
        #expect(refusal()?.key == "target_modules")
    }

    @Test(arguments: [["query", "2.attention.self.value"], ["nothing"], []] as [JSON])
    func `target_modules that name other modules than have tensors are refused`(names: JSON) throws {
        try adapt { members, tensors in
            members["target_modules"] = names
            if names == ["nothing"] || names == [] { tensors = tensors.filter { !$0.key.contains("lora_") } }
        }
        #expect(refusal()?.key == "target_modules")
    }

    @Test func `modules that are excluded or saved whole need no update`() throws {
        try adapt { members, _ in
            members["target_modules"] = ["query", "2.attention.self.value"]
            members["exclude_modules"] = ["0.attention.self.query"]
            members["layers_to_transform"] = [0, 1, 2]
            var saved = members["modules_to_save"]?.array ?? []
            saved.append("bert.encoder.layer.2.attention.self.query")
            members["modules_to_save"] = .array(saved)
        }
        // The module that is named as saved has to be there in turn.
        #expect(refusal()?.key == "modules_to_save")
        let name = "encoder.layer.2.attention.self.query"
        let whole = try #require(exports.base.weights["\(name).weight"]).matrix
        let bias = try #require(exports.base.weights["\(name).bias"]).matrix
        try AdapterFiles.change(peft: path) { _, tensors in
            tensors["base_model.model.bert.\(name).weight"] = whole
            tensors["base_model.model.bert.\(name).bias"] = bias
        }
        _ = try HandedOverModel(folder: path)
    }

    @Test func `a module that is saved whole and is not in the file is refused`() throws {
        try adapt([Self.lora, .layerNorm(LayerNormTuning(layers: [1]))]) { _, tensors in
            let names = tensors.keys.filter { $0.contains("LayerNorm") }
            #expect(names.count == 4)
            for name in names { tensors[name] = nil }
        }
        #expect(refusal()?.key == "modules_to_save")
    }

    @Test(arguments: ["rank_pattern", "alpha_pattern"])
    func `a key of a pattern that matches no module is refused, one by PEFT's own rule is not`(
        key: String
    ) throws {
        for (name, isRead) in [
            ("value", true), ("self.value", true), (".*2.*value", true), ("^bert.*value", true),
            ("valu", false), ("alue", false), ("key", false), ("lora_A", false),
            ("base_model.model.bert.encoder.layer.2.attention.self.value", false),
        ] {
            try adapt { members, _ in
                members[key] = .object(["query": 2, name: 3])
            }
            if isRead {
                _ = try HandedOverModel(folder: path)
            } else {
                #expect(refusal()?.key == key, "\(name)")
            }
        }
    }

    @Test func `a rank that is not whole is refused`() throws {
        try adapt { members, _ in members["rank_pattern"] = ["query": 2, "value": 3.5] }
        #expect(refusal()?.key == "rank_pattern.value")
    }

    @Test(arguments: [IA3.Part.query, .feedForward])
    func `factors of IA3 that lie the other way are refused`(part: IA3.Part) throws {
        let ia3 = Component.ia3(IA3(parts: [1: [part]]))
        try adapt([ia3]) { members, tensors in
            #expect(members["peft_type"] == "IA3")
            for (name, value) in tensors where name.hasSuffix("ia3_l") { tensors[name] = value.transposed() }
        }
        #expect(refusal()?.reason.contains("ia3_l") == true)
    }

    @Test func `LoRA of the pooler, as all-linear has it, is the pooler with the product added`() throws {
        let base = try #require(exports.base.weights["pooler.dense.weight"]).matrix
        let bias = try #require(exports.base.weights["pooler.dense.bias"]).matrix
        var generator = SeededGenerator(seed: 3)
        let down = Matrix.uniform(rows: 2, columns: base.columns, bound: 0.5, using: &generator)
        let up = Matrix.uniform(rows: base.rows, columns: 2, bound: 0.5, using: &generator)
        try adapt { _, tensors in
            var sum = base
            sum.add(.product(up, down, scale: 4))
            tensors["\(Self.pooler).weight"] = sum
            tensors["\(Self.pooler).bias"] = bias
        }
        let expected = try HandedOverModel(folder: path).network.logits(of: ExportExample.batch)
        try adapt { members, tensors in
            for kind in ["weight", "bias"] { tensors["\(Self.pooler).\(kind)"] = nil }
            members["modules_to_save"] = ["classifier"]
            members["target_modules"] = [
                "1.attention.self.query", "2.attention.self.value", "bert.pooler.dense",
            ]
            var (ranks, alphas) = (members["rank_pattern"]?.object, members["alpha_pattern"]?.object)
            ranks?["pooler.dense"] = 2
            alphas?["pooler.dense"] = 8
            (members["rank_pattern"], members["alpha_pattern"]) = (
                .object(ranks ?? [:]), .object(alphas ?? [:])
            )
            tensors["\(Self.pooler).lora_A.weight"] = down
            tensors["\(Self.pooler).lora_B.weight"] = up
        }
        let found = try HandedOverModel(folder: path).network.logits(of: ExportExample.batch)
        #expect(difference(found, expected) < 1e-5)
    }
}
