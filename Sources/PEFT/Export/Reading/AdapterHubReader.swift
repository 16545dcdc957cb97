import Experiments
import LinearAlgebra

/// Reads a stack of adapters of AdapterHub's library as this program writes
/// it: low-rank updates are folded in, bottlenecks are attached.
struct AdapterHubReader {
    let folder: String

    func apply(to parts: inout ModelParts) throws(InputError) {
        var updated: Set<String> = []
        for name in try names() {
            let adapter = try Adapter(folder: "\(folder)/\(name)", name: name)
            switch adapter.config["architecture"] ?? .null {
            case "lora": try fold(adapter, updated: &updated, into: &parts)
            case "prefix_tuning": try attachPrefix(adapter, to: &parts)
            case .null: try attachBottleneck(adapter, to: &parts)
            case let other:
                throw adapter.error("architecture", "\(other.canonicalText.prefix(40)) is not read")
            }
        }
        try readHead(into: &parts)
    }

    /// Of the folders within, in the order of the stack.
    private func names() throws(InputError) -> [String] {
        let path = "\(folder)/adapter_setup.json"
        var reader = try JSONObjectReader(RegularFile(path: path).json(limit: 1 << 20), subject: path)
        _ = reader.optional("version")
        var setup = try reader.requiredObject("adapter_setup")
        guard setup.optional("type") == "Stack", let children = try setup.array("children"),
            (1...1_000).contains(children.count), reader.optional("head_setup") == "head"
        else { throw InputError(path, reason: "expected a Stack of adapters with the head \"head\"") }
        try setup.finish()
        try reader.finish()
        let names = try children.map { child throws(InputError) in
            guard child["type"] == "single", let names = child["children"]?.array, names.count == 1,
                let name = names[0].string, name.wholeMatch(of: #/[A-Za-z0-9_]{1,100}/#) != nil
            else { throw InputError(path, reason: "expected a stack of plain names") }
            return name
        }
        guard Set(names).count == names.count else {
            throw InputError(path, key: "adapter_setup.children", reason: "an adapter stands in it twice")
        }
        return names
    }

    private static let inertOfHead: Set<String> = [
        "num_labels", "layers", "label2id", "dropout_prob", "activation_function",
    ]

    private func readHead(into parts: inout ModelParts) throws(InputError) {
        let head = try Adapter(
            folder: "\(folder)/head", name: "head", config: "head_config.json",
            tensors: "model_head.safetensors")
        parts.readRows = head.config["head_type"] == .string(ReadRows.all.adapterHubHead) ? .all : .first
        let layout = parts.family.head
        var settings: [String: JSON] = ["head_type": .string(parts.readRows.adapterHubHead)]
        if parts.readRows == .first {
            settings["use_pooler"] = false
            settings["bias"] = true
            settings["activation_function"] = .string(layout.activation.name)
        }
        try head.expect(settings)
        try head.expectNone(but: Set(settings.keys).union(Self.inertOfHead))
        guard let classes = head.config["num_labels"]?.integer, (1...1_000_000).contains(classes),
            let layers = head.config["layers"]?.integer,
            layers == 1 || layers == 2 && parts.readRows == .first
        else { throw head.error("layers", "expected one layer, or two under a label of a text") }
        let hidden = parts.shape.hidden
        let maps =
            layers == 2
            ? [(1, layout.pooler, hidden), (4, layout.classifier, classes)]
            : [(1, layout.classifier, classes)]
        for (index, map, rows) in maps {
            parts.tensors["\(map).weight"] = try head.matrix("heads.head.\(index).weight", [rows, hidden])
            parts.tensors["\(map).bias"] = try head.matrix("heads.head.\(index).bias", [rows])
        }
        parts.hasPooler = layers == 2
    }
}
