import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

/// Stacks of AdapterHub's library that are not what they should be: refused by
/// name.
@Suite struct HostileStackTests {
    private let exports: ExportExample
    private let path: String

    init() throws {
        exports = try ExportExample()
        path = "\(exports.example.folder.path)/stack"
        let configuration = Configuration(components: [
            .lora(
                LoRA(ranks: [Site(layer: 0, projection: .query): 2, Site(layer: 1, projection: .query): 2])),
            .bottleneck(Bottleneck(site: .serialFeedForward, widths: [0: 2, 2: 3])),
            .prefix(PrefixTuning(lengths: [0: 2, 1: 2])),
        ])
        try ModelExport.write(
            exports.model(configuration, network: exports.network(configuration)), as: .adapterHub, to: path)
        _ = try HandedOverModel(folder: path)
    }

    private static let bottleneck = "bottleneck_\(Bottleneck.Placement.serialFeedForward.rawValue)"
    private static let adapters = [bottleneck, "lora_query_r2", "prefix_2"]

    private func refusal() -> InputError? {
        #expect(throws: InputError.self) { try HandedOverModel(folder: path) }
    }

    private func changeStack(_ change: (inout [JSON]) -> Void) throws {
        let file = "\(path)/adapter_setup.json"
        var setup = try JSON.parse(readFile(file)).object ?? [:]
        var children = try #require(setup["adapter_setup"]?["children"]?.array)
        change(&children)
        setup["adapter_setup"] = ["type": "Stack", "children": .array(children)]
        try Data(JSON.object(setup).canonicalText.utf8).write(to: URL(fileURLWithPath: file))
    }

    private func change(_ name: String, _ change: (inout [String: JSON], inout [String: Matrix]) -> Void)
        throws
    {
        try AdapterFiles.change(adapterHub: "\(path)/\(name)", change)
    }

    @Test func `the adapters are those that are changed here`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        #expect(names.filter(Self.adapters.contains).count == 3, "\(names)")
    }

    @Test(arguments: adapters, [[], [0], [0, 1, 2], [0, 1, 2, 3, 4, 5], "all", [1.5], 2] as [JSON])
    func `a leave_out that is not the layers without tensors is refused`(name: String, left: JSON) throws {
        // Of a prefix another layer of the same number is another meaning, not an error.
        if name == "prefix_2", left == [0] { return }
        try change(name) { members, _ in members["leave_out"] = left }
        _ = refusal()
    }

    @Test func `without leave_out all layers need tensors`() throws {
        try change("lora_query_r2") { members, _ in members["leave_out"] = nil }
        #expect(refusal()?.key == "leave_out")
    }

    @Test(
        arguments: [("output_lora", true), ("attn_matrices", ["q", "v"]), ("attn_matrices", ["x"])]
            as [(String, JSON)])
    func `a low-rank update of maps without tensors is refused`(key: String, value: JSON) throws {
        try change("lora_query_r2") { members, _ in members[key] = value }
        _ = refusal()
    }

    @Test(arguments: adapters, ["future_flag", "use_bias"])
    func `a setting that is not known is refused`(name: String, key: String) throws {
        try change(name) { members, _ in members[key] = 1 }
        #expect(refusal()?.key == key)
    }

    @Test func `a setting of the head that is not known is refused`() throws {
        try AdapterFiles.change("\(path)/head/head_config.json", "\(path)/head/model_head.safetensors") {
            members, _ in
            var config = members["config"]?.object ?? [:]
            config["scale"] = 2
            members["config"] = .object(config)
        }
        #expect(refusal()?.key == "scale")
    }

    @Test(arguments: 0..<3)
    func `a stack with an adapter twice is refused`(index: Int) throws {
        try changeStack { $0.append($0[index]) }
        #expect(refusal()?.reason == "an adapter stands in it twice")
    }

    @Test func `an empty stack is refused`() throws {
        try changeStack { $0 = [] }
        _ = refusal()
    }

    @Test func `two adapters at one place are refused`() throws {
        for (name, sign) in [("lora_query_r2", ".loras."), (Self.bottleneck, ".adapters.")] {
            let other = "other_\(name.prefix(4))"
            try FileManager.default.copyItem(atPath: "\(path)/\(name)", toPath: "\(path)/\(other)")
            try change(other) { members, tensors in
                if members["mh_adapter"] != nil { members["is_parallel"] = true }
                tensors = Dictionary(
                    uniqueKeysWithValues: tensors.map {
                        ($0.key.replacing("\(sign)\(name).", with: "\(sign)\(other)."), $0.value)
                    })
            }
            try changeStack { children in
                children.removeAll { ($0["children"]?.array?.first?.string ?? "").hasPrefix("other_") }
                children.append(["type": "single", "children": [.string(other)]])
            }
            let reason = refusal()?.reason ?? ""
            #expect(reason.contains("another adapter") || reason.contains("second bottleneck"), "\(reason)")
        }
    }
}
