import Experiments
import LinearAlgebra
import PEFT
import StudyExamples

extension HostileReader {
    /// The folders of models that are handed over, which this program or
    /// Hugging Face PEFT wrote.
    static let adapters: [(name: String, make: @Sendable () throws -> HostileReader)] = [
        ("peft_adapter", { try peftAdapter("peft_adapter", lora) }),
        ("vera_adapter", { try peftAdapter("vera_adapter", vera) }),
        ("shira_adapter", { try peftAdapter("shira_adapter", shira) }),
        ("adapterhub_adapter", { try adapterHub() }),
        ("model_with_code", { try customCode() }), ("module_pattern", { modulePattern() }),
    ]

    private static let lora = Component.lora(
        LoRA(ranks: [Site(layer: 1, projection: .query): 2, Site(layer: 2, projection: .value): 3]))

    private static let vera = Component.vera(VeRA(sites: [Site(layer: 1, projection: .query)], rank: 3))
    private static let shira = Component.shira(SHiRA(ranks: [Site(layer: 1, projection: .query): 1]))

    private static func peftAdapter(_ name: String, _ method: Component) throws -> HostileReader {
        try handedOver(
            name, .peft, [method], files: ["adapter_config.json", "adapter_model.safetensors"],
            words: [
                "LORA", "IA3", "ADALORA", "VERA", "MISS", "HIRA", "SHIRA", "init_r", "lora_E",
                "save_projection", "PREFIX_TUNING", "PROMPT_TUNING", "peft_type", "r", "lora_alpha",
                "use_dora",
                "use_rslora", "rank_pattern", "alpha_pattern", "target_modules", "exclude_modules",
                "layers_to_transform", "layers_pattern", "feedforward_modules", "num_virtual_tokens", "query",
                "value", ".*\\.(query|value)", "(a{100}){100}", "layer", "SEQ_CLS", "TOKEN_CLS",
            ])
    }

    private static func adapterHub() throws -> HostileReader {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/sample"
        let bottleneck = Component.bottleneck(Bottleneck(site: .serialFeedForward, widths: [0: 2, 2: 1]))
        try write([bottleneck], as: .adapterHub, to: path)
        let setup = try RegularFile(path: "\(path)/adapter_setup.json").json(limit: 1 << 20)
        guard let name = setup["adapter_setup"]?["children"]?.array?.first?["children"]?.array?.first?.string
        else { throw Defect(description: "the set-up of an export names no adapter") }
        return try handedOver(
            "adapterhub_adapter", .adapterHub, [bottleneck],
            files: [
                "adapter_setup.json", "head/head_config.json", "\(name)/adapter_config.json",
                "\(name)/adapter.safetensors",
            ],
            words: [
                "Stack", "single", "head", "architecture", "lora", "prefix_tuning", "scaling",
                "non_linearity",
                "mh_adapter", "output_adapter", "is_parallel", "original_ln_before", "num_labels", "layers",
                "relu", "gelu", name,
            ])
    }

    private static func customCode() throws -> HostileReader {
        try handedOver(
            "model_with_code", .customCode,
            [.prefix(PrefixTuning(lengths: [0: 2])), .bias(BiasTuning(layers: [1]))],
            files: ["config.json", "peft_search.json", "model.safetensors"],
            words: configurationWords + [
                "peft_search", "parts", "method", "labels", "max_length", "text", "id2label", "num_labels",
                "hidden_size", "vocab_size", "max_position_embeddings", "prefix", "bias", "problem_type",
            ])
    }

    /// An export some of whose files are changed; the last of them is a
    /// safetensors file.
    private static func handedOver(
        _ name: String, _ format: ExportFormat, _ components: [Component], files: [String], words: [String]
    ) throws -> HostileReader {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/model"
        try write(components, as: format, to: path)
        let seed = try files.map { try RegularFile(path: "\(path)/\($0)").contents(limit: 1 << 20) }
        let texts = [any Mutation](repeating: JSONMutation(words: words), count: files.count - 1)
        return HostileReader(
            name, seeds: [BundleMutation.input(seed)],
            mutation: BundleMutation(parts: texts + [SafetensorsMutation()]),
            isWellFormed: { input in
                let parts = BundleMutation.files(in: input, count: files.count)
                return parts.dropLast().allSatisfy { isJSON($0) } && hasHeader(parts[files.count - 1])
            }
        ) { input in
            let parts = BundleMutation.files(in: input, count: files.count)
            for (file, bytes) in zip(files, parts) { _ = try folder.write("model/\(file)", bytes) }
            let model = try HandedOverModel(folder: path)
            let logits = model.network.logits(of: batch)
            let rows = model.tagsWords ? batch.ids.count : 2
            try require(logits.rows == rows, "the logits have another shape")
        }
    }

    private static func write(
        _ components: [Component], as format: ExportFormat, to path: String
    ) throws {
        let configuration = Configuration(components: components)
        let folder = try ModelFolder(path: Fixtures.path(Fixtures.tinyBERT))
        let base = try BaseModel(folder: folder)
        let network = try Transformer.attach(configuration, to: base, classes: 2, seed: 1)
        let provenance = try Provenance(
            study: .example, trial: 1, seed: 1, configuration: configuration.json, measurements: [],
            computeClass: nil, artifact: String(repeating: "a", count: 64))
        let model = TrainedModel(network: network, base: base, folder: folder, provenance: provenance)
        try ModelExport.write(model, as: format, to: path)
    }

    /// A regular expression for the names of modules.
    private static func modulePattern() -> HostileReader {
        let patterns = [
            ".*\\.(query|value)", "^bert\\.encoder\\.layer\\.[0-9]+\\..*$", "(?:a|b){2,9}?[^x-z]",
            "((a?){3}){2}",
        ]
        return HostileReader(
            "module_pattern", seeds: patterns.map { Array($0.utf8) },
            mutation: LineMutation(
                separator: UInt8(ascii: "."),
                fields: [
                    "(", ")", "(?:", "|", "*", "+", "?", "{100}", "{0,100}", "{1,}", "(){100}", "[", "]",
                    "[^",
                    "\\d", "\\", "$", "^", "a-", "(?:(?:){100}){100}", "((a{9}){9}){9}", "", "query", "é",
                ])
        ) { input in
            do {
                let pattern = try ModulePattern(String(decoding: input, as: UTF8.self))
                _ = pattern.matches("bert.encoder.layer.0.attention.self.query")
            } catch let refusal as ModulePattern.Refused {
                throw InputError("target_modules", reason: refusal.reason)
            }
        }
    }
}
