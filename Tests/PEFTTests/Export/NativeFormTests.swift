import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

/// Adapters in PEFT's own form of VeRA, MiSS, HiRA, SHiRA and AdaLoRA: read,
/// or refused by name.
@Suite struct NativeFormTests {
    private let exports: ExportExample
    private let place: TemporaryFolder

    init() throws {
        exports = try ExportExample()
        place = try TemporaryFolder()
    }

    private static let ranks = [Site(layer: 1, projection: .query): 2, Site(layer: 2, projection: .value): 2]
    private static let methods: [Component] = [
        .vera(VeRA(sites: Set(ranks.keys), rank: 5)), .miss(MiSS(ranks: ranks)),
        .hira(HiRA(ranks: ranks)), .shira(SHiRA(ranks: ranks)),
    ]

    /// An adapter in PEFT's own form of a method, with its config and tensors
    /// changed.
    private func native(
        _ method: Component, _ change: (inout [String: JSON], inout [String: Matrix]) -> Void
    ) throws -> String {
        let path = "\(place.path)/native"
        try? FileManager.default.removeItem(atPath: path)
        let configuration = Configuration(components: [method, .layerNorm(LayerNormTuning(layers: [1]))])
        let network = try exports.network(configuration)
        try ModelExport.write(exports.model(configuration, network: network), as: .peft, to: path)
        let logits = try HandedOverModel(folder: path).network.logits(of: ExportExample.batch)
        #expect(difference(logits, network.logits(of: ExportExample.batch)) < 1e-5)
        let config = try JSON.parse(readFile("\(path)/adapter_config.json"))
        #expect(config["peft_type"] == .string(method.method.uppercased()))
        try AdapterFiles.change(peft: path, change)
        return path
    }

    @Test(arguments: methods)
    func `an update in PEFT's own form is read, and refused when a tensor of it is gone or smaller`(
        method: Component
    ) throws {
        var names: [String] = []
        _ = try native(method) { _, tensors in
            names = tensors.keys.filter { $0.contains("\(method.method)_") }.sorted()
        }
        #expect(names.count >= 2)
        for name in names {
            let gone = try native(method) { $1[name] = nil }
            #expect(throws: InputError.self, "\(name)") { try HandedOverModel(folder: gone) }
            let smaller = try native(method) { $1[name] = $1[name]!.columns(0..<$1[name]!.columns - 1) }
            #expect(throws: InputError.self, "\(name)") { try HandedOverModel(folder: smaller) }
        }
    }

    @Test(
        arguments: [("r", 3), ("bias", "most"), ("init_weights", "bat"), ("target_modules", ["key"])]
            as [(String, JSON)], methods)
    func `a setting that does not fit the tensors of PEFT's own form is refused`(
        setting: (key: String, value: JSON), method: Component
    ) throws {
        // Their tensors are not what an initialisation decides about.
        if ["vera", "shira"].contains(method.method), setting.key == "init_weights" { return }
        let path = try native(method) { members, _ in members[setting.key] = setting.value }
        #expect(throws: InputError.self) { try HandedOverModel(folder: path) }
    }

    @Test func `VeRA without its projections is refused with what would keep them`() throws {
        let path = try native(Self.methods[0]) { members, tensors in
            members["save_projection"] = false
            for name in ["vera_A", "vera_B"] { tensors["base_model.\(name)"] = nil }
        }
        let error = #expect(throws: InputError.self) { try HandedOverModel(folder: path) }
        #expect(error?.key == "save_projection")
    }

    @Test(arguments: [-1, 1e9, 0.5, .nan] as [Float])
    func `an entry of SHiRA that is not in the weight is refused`(entry: Float) throws {
        let path = try native(Self.methods[3]) { _, tensors in
            for (name, value) in tensors where name.hasSuffix("shira_indices") {
                tensors[name] = value.map { $0 == value[0, 0] ? entry : $0 }
            }
        }
        #expect(throws: InputError.self) { try HandedOverModel(folder: path) }
    }

    /// A LoRA of one rank as AdaLoRA's files are, with three ranks of which the
    /// second was pruned in one module.
    private func adaptive(_ pattern: JSON) throws -> String {
        let lora = "\(place.path)/adaptive"
        let configuration = Configuration(components: [
            .lora(
                LoRA(ranks: [Site(layer: 1, projection: .query): 2, Site(layer: 2, projection: .value): 3]))
        ])
        try ModelExport.write(
            exports.model(configuration, network: exports.network(configuration)), as: .peft, to: lora)
        let file = try SafetensorsFile(path: "\(lora)/adapter_model.safetensors")
        var tensors: [(String, [Int], [Float])] = []
        for name in file.names {
            let shape = try #require(file[name]?.shape)
            tensors.append(
                (name.replacing(#/(lora_[AB])\.weight$/#) { $0.output.1 }, shape, try file.floats(name)))
            guard name.hasSuffix("lora_A.weight") else { continue }
            tensors.append(
                (
                    name.replacing("lora_A.weight", with: "lora_E"), [shape[0], 1],
                    (0..<shape[0]).map { Float($0) + 0.5 }
                ))
        }
        try SafetensorsWriter.write(
            tensors: tensors.sorted { $0.0 < $1.0 }, metadata: [:], to: "\(lora)/adapter_model.safetensors")
        let config: JSON = [
            "peft_type": "ADALORA", "task_type": "SEQ_CLS",
            "base_model_name_or_path": .string(exports.folder.path),
            "init_r": 3, "lora_alpha": 6,
            "target_modules": ["1.attention.self.query", "2.attention.self.value"], "rank_pattern": pattern,
            "total_step": 10, "bias": "none", "init_lora_weights": true, "use_dora": false,
        ]
        try Data(config.canonicalText.utf8).write(to: URL(fileURLWithPath: "\(lora)/adapter_config.json"))
        return lora
    }

    @Test func `AdaLoRA is read with the ranks that are left, scaled as at its start`() throws {
        let module = "bert.encoder.layer.1.attention.self.query.lora_E"
        let path = try adaptive([module: [true, false, true]])
        let read = try HandedOverModel(folder: path).network
        let tensors = try SafetensorsFile(path: "\(path)/adapter_model.safetensors")
        func matrix(_ part: String) throws -> Matrix {
            let name = "base_model.model.\(module.replacing("lora_E", with: part))"
            let shape = try #require(tensors[name]?.shape)
            return Matrix(rows: shape[0], columns: shape[1], values: try tensors.floats(name))
        }
        let up = try matrix("lora_B").timesEachRow(Matrix(row: [0.5, 1.5]))
        var expected = try #require(exports.base.weights["encoder.layer.1.attention.self.query.weight"])
            .matrix
        expected.add(.product(up, try matrix("lora_A"), scale: 6 / (3 + 1e-5)))
        let found = try #require(read.merged()?["encoder.layer.1.attention.self.query.weight"])
        #expect(difference(found, expected) < 1e-6)
    }

    @Test(
        arguments: [
            [:], ["bert.encoder.layer.1.attention.self.query.lora_E": [true, true]],
            ["bert.encoder.layer.1.attention.self.query.lora_E": [true, true, true]],
            ["bert.encoder.layer.1.attention.self.query": [true, false, true]],
            [
                "bert.encoder.layer.1.attention.self.query.lora_E": [true, false, true],
                "bert.encoder.layer.9.attention.self.query.lora_E": [true, false, true],
            ], [1, 2], ["bert.encoder.layer.1.attention.self.query.lora_E": [1, 0, 1]],
        ] as [JSON])
    func `a pattern of ranks that fits no tensors of AdaLoRA is refused`(pattern: JSON) throws {
        let path = try adaptive(pattern)
        #expect(throws: InputError.self) { try HandedOverModel(folder: path) }
    }
}
