import Experiments
import LinearAlgebra

/// Folds an adapter folder of Hugging Face PEFT into the weights of its base.
struct PEFTAdapterReader {
    private let config: PEFTConfig
    private let file: SafetensorsFile

    private static let prefix = "base_model.model."
    /// What stands behind a module's name in those of its own tensors.
    private static let own: Set<String> = ["weight", "bias", "base_layer.bias"]

    init(folder: String) throws(InputError) {
        config = try PEFTConfig(path: "\(folder)/adapter_config.json")
        let path = "\(folder)/adapter_model.safetensors"
        guard RegularFile.exists(path) || !RegularFile.exists("\(folder)/adapter_model.bin") else {
            throw InputError(
                folder,
                reason: "has adapter_model.bin but no adapter_model.safetensors; such files can run "
                    + "code when they are opened and are not read",
                suggestion: "save it again where you trust it: model.save_pretrained(folder)")
        }
        file = try SafetensorsFile(path: path)
    }

    /// How the adapter names its base.
    var base: String? { config.base }
    var readRows: ReadRows { config.readRows }

    func apply(to parts: inout ModelParts) throws(InputError) {
        switch config.method {
        case .prefix(let length), .prompt(let length): try attach(length, to: &parts)
        case .maps(let method): try fold(method, into: &parts)
        }
    }

    /// A table of virtual tokens and a classifier.
    private func attach(_ length: Int, to parts: inout ModelParts) throws(InputError) {
        let table = "prompt_embeddings"
        for name in file.names where name != table {
            let prefix = "base_model."
            let words = name.dropFirst(prefix.count).split(separator: ".").map(String.init)
            guard name.hasPrefix(prefix), words.count > 1, parts.family.headModules.contains(words[0]) else {
                throw error(name, "is no tensor of virtual tokens")
            }
            _ = try replace(name, words.dropLast().joined(separator: "."), words[words.count - 1], in: &parts)
        }
        let shape = parts.shape
        guard file[table] != nil else { throw error(table, "there is no such tensor") }
        let values = try matrix(table, "")
        let isPrefix = if case .prefix = config.method { true } else { false }
        guard values.rows == length,
            values.columns == (isPrefix ? 2 * shape.layers * shape.hidden : shape.embedding)
        else {
            throw error(table, "has \(values.rows) rows of \(values.columns) for \(length) virtual tokens")
        }
        if isPrefix {
            let lengths = Dictionary(uniqueKeysWithValues: (0..<shape.layers).map { ($0, length) })
            parts.components.append(.prefix(PrefixTuning(lengths: lengths, shiftsPositions: true)))
            for (index, part) in values.splitColumns(into: 2 * shape.layers).enumerated() {
                parts.attached[
                    PrefixTuning.tensor(index % 2 == 0 ? "key" : "value", layer: index / 2, parts.family)] =
                    part
            }
        } else {
            parts.components.append(.prompt(PromptTuning(length: length)))
            parts.attached[PromptTuning.tensor] = values
        }
    }

    private func fold(
        _ method: any PEFTMapMethod, into parts: inout ModelParts
    ) throws(InputError) {
        let type = Swift.type(of: method)
        var updates: [String: [String: Matrix]] = [:]
        var shared: [String: Matrix] = [:]
        var replaced: Set<String> = []
        for name in file.names {
            let bare = String(name.dropFirst("base_model.".count))
            guard !type.sharedTensors.contains(bare) else {
                shared[bare] = try matrix(name, "")
                continue
            }
            let (module, part) = try split(name, type.tensors)
            if type.tensors.contains(part) {
                guard file[name]?.shape.count == 2 || type.vectors.contains(part) else {
                    throw error(name, "has the shape \(file[name]?.shape ?? []); expected two dimensions")
                }
                updates[module, default: [:]][String(part.prefix { $0 != "." })] = try matrix(name, part)
            } else if Self.own.contains(part) {
                replaced.insert(try replace(name, module, part, in: &parts))
            }
        }
        if let module = updates.keys.sorted().first(where: { replaced.contains("\($0).weight") }) {
            throw error(module, "is saved whole and has an update, which PEFT would not load")
        }
        try config.check(updated: Set(updates.keys), replaced: replaced, of: parts)
        try method.check(updated: Set(updates.keys))
        for (module, tensors) in updates.sorted(by: { $0.key < $1.key }) {
            let update = PEFTUpdate(module: module, path: file.path, tensors: tensors, shared: shared)
            try fold(method, update, into: &parts)
        }
    }

    private func fold(
        _ method: any PEFTMapMethod, _ update: PEFTUpdate, into parts: inout ModelParts
    ) throws(InputError) {
        guard let name = parts.family.tensor(named: "\(update.module).weight"), parts.isLinearMap(name) else {
            throw update.error("is no linear map of this model")
        }
        guard let weight = parts.tensors[name],
            let bias = parts.tensors["\(name.dropLast("weight".count))bias"]
        else { throw update.error("is not in the base, and Python would draw it") }
        var map = PlainMap(weight: weight, bias: bias)
        try method.fold(update, into: &map)
        parts.tensors[name] = map.weight
        parts.tensors["\(name.dropLast("weight".count))bias"] = map.bias
    }

    /// The module and what of it: `lora_A.weight`, `base_layer.bias`, `weight`.
    /// - Parameter tensors: what an update consists of.
    private func split(
        _ name: String, _ tensors: Set<String>
    ) throws(InputError) -> (module: String, part: String) {
        guard name.hasPrefix(Self.prefix) else {
            throw error(name, "expected a name that begins with \(Self.prefix)")
        }
        var words = name.dropFirst(Self.prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        // What is saved whole lies in a wrapper, which has a name for each adapter.
        if let wrapper = words.firstIndex(of: "modules_to_save") {
            let named = words.indices.contains(wrapper + 1) && words[wrapper + 1] == "default"
            words.removeSubrange(wrapper...wrapper + (named ? 1 : 0))
        }
        let marks = Set((tensors.union(Self.own)).map { $0.prefix { $0 != "." } } + ["original_module"])
            .subtracting(["weight", "bias"])
        let end = words.firstIndex(where: marks.contains) ?? max(words.count - 1, 0)
        let part = words[end...].joined(separator: ".")
        // The last is the frozen copy beside a module that is saved whole.
        guard tensors.contains(part) || Self.own.contains(part) || part.hasPrefix("original_module.") else {
            throw error(name, "is no tensor of an adapter that is read")
        }
        return (words[..<end].joined(separator: "."), part)
    }

    private func error(_ key: String, _ reason: String) -> InputError {
        InputError(file.path, key: key, reason: reason)
    }

    /// A matrix or a vector, which may be empty where a rank is 0.
    private func matrix(_ name: String, _ part: String) throws(InputError) -> Matrix {
        guard let info = file[name], (1...2).contains(info.shape.count) else {
            throw error(name, "has the shape \(file[name]?.shape ?? []); expected a matrix or a vector")
        }
        let isWhole = info.dtype == .integer32 && part == "shira_indices"
        return Matrix(
            rows: info.shape.count == 2 ? info.shape[0] : 1, columns: info.shape[info.shape.count - 1],
            values: isWhole ? try file.integers(name).map(Float.init) : try file.floats(name))
    }

    /// Puts a tensor in the place of the base's.
    /// - Returns: its name in Python.
    private func replace(
        _ name: String, _ module: String, _ part: String, in parts: inout ModelParts
    ) throws(InputError) -> String {
        let full = "\(module).\(part.split(separator: ".").last ?? "")"
        guard let ours = parts.family.tensor(named: full), let size = parts.size(of: ours) else {
            throw error(name, "is no tensor of this kind of model")
        }
        let value = try matrix(name, part)
        guard size.rows ?? value.rows == value.rows, size.columns ?? value.columns == value.columns else {
            throw error(name, "has the shape of another model")
        }
        parts.tensors[ours] = value
        return full
    }
}
