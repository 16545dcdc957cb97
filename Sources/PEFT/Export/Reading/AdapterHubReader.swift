import Experiments
import LinearAlgebra

/// Reads a stack of adapters of AdapterHub's library as this program writes
/// it: low-rank updates are folded in, bottlenecks are attached.
struct AdapterHubReader {
    let folder: String

    func apply(to parts: inout ModelParts) throws(InputError) {
        for name in try names() {
            let adapter = try Adapter(folder: "\(folder)/\(name)", name: name)
            switch adapter.config["architecture"] ?? .null {
            case "lora": try fold(adapter, into: &parts)
            case "prefix_tuning": try attachPrefix(adapter, to: &parts)
            case .null: try attachBottleneck(adapter, to: &parts)
            case let other:
                throw adapter.error("architecture", "\(other.canonicalText.prefix(40)) is not read")
            }
        }
        try readHead(into: &parts)
    }

    private func names() throws(InputError) -> [String] {
        let path = "\(folder)/adapter_setup.json"
        let json = try RegularFile(path: path).json(limit: 1 << 20)
        guard json["adapter_setup"]?["type"] == "Stack", json["head_setup"] == "head",
            let children = json["adapter_setup"]?["children"]?.array, children.count <= 1_000
        else { throw InputError(path, reason: "expected a Stack of adapters with the head \"head\"") }
        return try children.map { child throws(InputError) in
            guard child["type"] == "single", let names = child["children"]?.array, names.count == 1,
                let name = names[0].string, name.wholeMatch(of: #/[A-Za-z0-9_]{1,100}/#) != nil
            else { throw InputError(path, reason: "expected a stack of plain names") }
            return name
        }
    }

    private func fold(_ adapter: Adapter, into parts: inout ModelParts) throws(InputError) {
        try adapter.expect([
            "composition_mode": "add", "use_gating": false, "use_dora": false, "vera_d": .null,
            "vera_b": .null,
        ])
        guard let rank = adapter.config["r"]?.integer, (1...65_536).contains(rank),
            let alpha = adapter.config["alpha"]?.number
        else { throw adapter.error("r", "expected a rank and an alpha") }
        let maps = adapter.modules(ending: ".loras.\(adapter.name).lora_A")
        guard adapter.file.names.count == 2 * maps.count else {
            throw adapter.error("lora_A", "expected lora_A and lora_B alone")
        }
        for map in maps {
            guard let name = parts.family.tensor(named: "\(map).weight"),
                var weight = parts.tensors[name]
            else { throw adapter.error(map, "is no linear map of this model") }
            let key = "\(map).loras.\(adapter.name)"
            let down = try adapter.matrix("\(key).lora_A", [rank, weight.columns])
            let up = try adapter.matrix("\(key).lora_B", [weight.rows, rank])
            weight.add(.product(up, down, scale: Float(alpha / Double(rank))))
            parts.tensors[name] = weight
        }
    }

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
