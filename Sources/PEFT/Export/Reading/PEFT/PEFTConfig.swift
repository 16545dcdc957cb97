import Experiments

/// The `adapter_config.json` of Hugging Face PEFT (0.21), checked: what changes
/// the mathematics is honoured here or refused, never passed over.
struct PEFTConfig {
    enum Method {
        case maps(any PEFTMapMethod)
        /// Keys and values in front of those of every block.
        case prefix(length: Int)
        case prompt(length: Int)
    }

    /// By `peft_type`.
    private static let mapMethods: [String: any PEFTMapMethod.Type] = [
        "LORA": PEFTLoRA.self, "IA3": PEFTIA3.self, "ADALORA": PEFTAdaLoRA.self, "VERA": PEFTVeRA.self,
        "MISS": PEFTMiSS.self, "HIRA": PEFTHiRA.self, "SHIRA": PEFTSHiRA.self,
    ]

    let path: String
    let base: String?
    let readRows: ReadRows
    let method: Method
    /// Nil where no modules are changed.
    private let targets: PEFTTargets?
    /// The ends of the names of modules that are saved whole.
    private let saved: [String]

    /// What may be there without an effect on a trained adapter's outputs.
    private static let inert = [
        "auto_mapping", "inference_mode", "revision", "peft_version",
    ]
    /// The same, of virtual tokens, whose table is stored whatever made it.
    private static let inertOfTokens = [
        "token_dim", "num_attention_heads", "num_layers", "encoder_hidden_size", "prefix_projection",
        "prompt_tuning_init", "prompt_tuning_init_text", "prompt_tuning_init_state_dict_path",
        "tokenizer_name_or_path", "tokenizer_kwargs", "init_weights", "encoder_reparameterization_type",
        "encoder_num_layers", "encoder_dropout",
    ]

    init(path: String) throws(InputError) {
        self.path = path
        var reader = try JSONObjectReader(RegularFile(path: path).json(limit: 16 << 20), subject: path)
        let type = try reader.string("peft_type")
        let task = try reader.string("task_type", default: ReadRows.first.peftTask)
        guard let rows = [ReadRows.first, .all].first(where: { $0.peftTask == task }) else {
            throw reader.error("task_type", "expected SEQ_CLS or TOKEN_CLS, found \(task.prefix(40))")
        }
        readRows = rows
        base = reader.optional("base_model_name_or_path")?.string
        method = try Self.method(type, &reader)
        saved = try reader.strings("modules_to_save")
        targets = if case .maps = method { try PEFTTargets(&reader) } else { nil }
        try Self.refuseUnknown(&reader)
    }

    private static func method(
        _ type: String, _ reader: inout JSONObjectReader
    ) throws(InputError) -> Method {
        if let method = mapMethods[type] {
            reader.skip(method.inert)
            return .maps(try method.init(&reader))
        }
        switch type {
        case "PREFIX_TUNING": return .prefix(length: try tokens(&reader))
        case "PROMPT_TUNING", "P_TUNING": return .prompt(length: try tokens(&reader))
        default:
            let types = mapMethods.keys.sorted() + ["PREFIX_TUNING", "PROMPT_TUNING", "P_TUNING"]
            throw reader.error(
                "peft_type", "\(type.prefix(40)) is not read; \(types.joined(separator: ", ")) are")
        }
    }

    private static func tokens(_ reader: inout JSONObjectReader) throws(InputError) -> Int {
        reader.skip(inertOfTokens)
        _ = try reader.integer("num_transformer_submodules", in: 1...1, default: 1)
        return try reader.integer("num_virtual_tokens", in: 1...1024)
    }

    /// A member that is not known, and says something.
    private static func refuseUnknown(_ reader: inout JSONObjectReader) throws(InputError) {
        reader.skip(inert)
        for key in reader.unread {
            let value = reader.optional(key) ?? .null
            guard value != .null, value != false, value != [], value != [:] else { continue }
            throw reader.error(
                key, "\(value.canonicalText.prefix(60)) is not read, and may change what the adapter computes"
            )
        }
    }

    /// Refuses a file that has another set of tensors than the settings name.
    /// - Parameters:
    ///   - updated: the modules with an update.
    ///   - replaced: the tensors that are saved whole, by their names in Python.
    func check(updated: Set<String>, replaced: Set<String>, of parts: ModelParts) throws(InputError) {
        try targets?.check(updated: updated, of: parts.adaptableModules)
        for tensor in parts.pythonTensors where !replaced.contains(tensor) {
            guard let name = saved.first(where: { tensor.hasPrefix("\($0).") || tensor.contains(".\($0).") })
            else { continue }
            throw InputError(
                path, key: "modules_to_save",
                reason: "\(name.prefix(80)) is one of them, and the file has no \(tensor)")
        }
    }
}
