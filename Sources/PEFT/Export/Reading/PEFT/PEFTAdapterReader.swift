import Experiments
import LinearAlgebra

/// Folds an adapter folder of Hugging Face PEFT into the weights of its base.
struct PEFTAdapterReader {
    private let config: PEFTConfig
    private let file: SafetensorsFile

    private static let prefix = "base_model.model."
    /// Words that end a module's name.
    private static let marks: Set<Substring> = [
        "lora_A", "lora_B", "lora_magnitude_vector", "ia3_l", "base_layer", "original_module",
    ]
    /// What may stand behind it.
    private static let parts: Set<String> = [
        "weight", "bias", "base_layer.bias", "lora_A.weight", "lora_B.weight", "lora_magnitude_vector",
        "lora_magnitude_vector.weight", "ia3_l",
    ]

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
        case .lora, .ia3: try foldAll(into: &parts)
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

    private func foldAll(into parts: inout ModelParts) throws(InputError) {
        var updates: [String: [String: Matrix]] = [:]
        var replaced: Set<String> = []
        for name in file.names {
            let (module, part) = try split(name)
            switch part.split(separator: ".").first {
            case "lora_A", "lora_B", "lora_magnitude_vector", "ia3_l":
                updates[module, default: [:]][String(part.prefix { $0 != "." })] = try matrix(name, part)
            // The frozen copy beside a module that is saved whole.
            case "original_module": continue
            default: replaced.insert(try replace(name, module, part, in: &parts))
            }
        }
        for (module, tensors) in updates.sorted(by: { $0.key < $1.key }) {
            guard !replaced.contains("\(module).weight") else {
                throw error(module, "is saved whole and has an update, which PEFT would not load")
            }
            try config.checkIsTarget(module)
            switch config.method {
            case .lora(let settings): try fold(tensors, settings, of: module, into: &parts)
            case .ia3(let inputs): try scale(tensors, isInput: inputs.contains(module), module, in: &parts)
            case .prefix, .prompt: break
            }
        }
    }

    /// The module and what of it: `lora_A.weight`, `base_layer.bias`, `weight`.
    private func split(_ name: String) throws(InputError) -> (module: String, part: String) {
        guard name.hasPrefix(Self.prefix) else {
            throw error(name, "expected a name that begins with \(Self.prefix)")
        }
        var words = name.dropFirst(Self.prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        // What is saved whole lies in a wrapper, which has a name for each adapter.
        if let wrapper = words.firstIndex(of: "modules_to_save") {
            let named = words.indices.contains(wrapper + 1) && words[wrapper + 1] == "default"
            words.removeSubrange(wrapper...wrapper + (named ? 1 : 0))
        }
        let end = words.firstIndex(where: Self.marks.contains) ?? max(words.count - 1, 0)
        let part = words[end...].joined(separator: ".")
        guard Self.parts.contains(part) || part.hasPrefix("original_module.") else {
            throw error(name, "is no tensor of an adapter that is read")
        }
        return (words[..<end].joined(separator: "."), part)
    }

    private func error(_ key: String, _ reason: String) -> InputError {
        InputError(file.path, key: key, reason: reason)
    }

    private func matrix(_ name: String, _ part: String) throws(InputError) -> Matrix {
        let shape = file[name]?.shape ?? []
        guard (1...2).contains(shape.count), shape.allSatisfy({ $0 > 0 }) else {
            throw error(name, "has the shape \(shape); expected a matrix or a vector")
        }
        return Matrix(
            rows: shape.count == 2 ? shape[0] : 1, columns: shape[shape.count - 1],
            values: try file.floats(name))
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

    /// `W + s·B·A`; with a magnitude m, each row of that with the length m
    /// (DoRA, Liu et al. 2024, arXiv 2402.09353).
    private func fold(
        _ tensors: [String: Matrix], _ settings: PEFTLoRASettings, of module: String,
        into parts: inout ModelParts
    ) throws(InputError) {
        let (name, base) = try linearMap(module, in: parts)
        let rank = try settings.rank(of: module)
        guard let down = tensors["lora_A"], let up = tensors["lora_B"], down.rows == rank,
            down.columns == base.columns, up.rows == base.rows, up.columns == rank
        else {
            throw error(
                module, "expected lora_A of (\(rank), \(base.columns)) and lora_B of (\(base.rows), \(rank))")
        }
        var weight = base
        weight.add(.product(up, down, scale: Float(try settings.scale(of: module))))
        let magnitude = tensors["lora_magnitude_vector"]
        guard settings.usesMagnitude == (magnitude != nil), magnitude?.count ?? base.rows == base.rows,
            tensors["ia3_l"] == nil
        else { throw error(module, "expected \(settings.usesMagnitude ? "\(base.rows)" : "no") magnitudes") }
        if let magnitude {
            let row = Matrix(row: magnitude.values)
            weight = weight.timesEachColumn(row.map(with: weight.rowLengths()) { $0 / $1 })
        }
        parts.tensors[name] = weight
    }

    /// (IA)3: factors of the map's input, or of its output with the bias.
    private func scale(
        _ tensors: [String: Matrix], isInput: Bool, _ module: String, in parts: inout ModelParts
    ) throws(InputError) {
        let (name, base) = try linearMap(module, in: parts)
        let bias = String(name.dropLast("weight".count)) + "bias"
        guard let factors = tensors["ia3_l"], tensors.count == 1, min(factors.rows, factors.columns) == 1,
            factors.count == (isInput ? base.columns : base.rows), let offset = parts.tensors[bias]
        else {
            throw error(module, "expected ia3_l alone, with a number for each \(isInput ? "in" : "out")put")
        }
        let row = Matrix(row: factors.values)
        parts.tensors[name] = isInput ? base.timesEachRow(row) : base.timesEachColumn(row)
        if !isInput { parts.tensors[bias] = offset.times(row) }
    }

    private func linearMap(_ module: String, in parts: ModelParts) throws(InputError) -> (String, Matrix) {
        guard let name = parts.family.tensor(named: "\(module).weight"), let base = parts.tensors[name],
            parts.isLinearMap(name)
        else { throw error(module, "is no linear map of this model") }
        return (name, base)
    }
}
