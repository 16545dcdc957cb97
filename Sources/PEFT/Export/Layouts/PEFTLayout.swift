import Experiments

/// An adapter of Hugging Face PEFT for a base model that lies elsewhere.
///
/// Virtual tokens are an adapter that holds nothing else: what is trained
/// beside them is in a base of the export's own, in the folder `base`.
struct PEFTLayout: ExportLayout {
    static let name = "peft"
    let model: TrainedModel
    /// The path or name by which the base is loaded.
    let baseName: String
    /// Whether the folder has a base of its own in any case.
    var isSelfContained = false

    private var tokens: PEFTVirtualTokens? {
        model.configuration.components.lazy.compactMap { $0.exported.virtualTokens(of: model) }.first
    }

    private var hasOwnBase: Bool {
        guard tokens != nil else { return false }
        // The adapter holds what stands beside the encoder.
        let family = model.family
        let holdsPooler = family.transformersName(of: family.head.pooler) == family.head.pooler
        return isSelfContained || model.configuration.components.count > 1
            || model.storesPooler && !holdsPooler
    }

    func write(into folder: ExportFolder) throws(InputError) {
        let files = TransformersFiles(model: model)
        if let tokens {
            let base = hasOwnBase ? "\(folder.destination)/base" : baseName
            try folder.write(
                tokens.tensors(folded: model.folded(), of: model.family),
                to: "adapter_model.safetensors")
            try folder.write(tokens.config(base: base, of: model), to: "adapter_config.json")
        } else {
            try Self.writeAdapter(of: model, native: model.nativeForm, base: baseName, into: folder)
        }
        // No config.json: with one, transformers takes the folder for a whole model.
        try files.copyTokenizer(into: folder)
        guard hasOwnBase else { return }
        let own = try folder.subfolder("base")
        try files.write(model.folded(), into: own)
        try own.write(files.config(), to: "config.json")
        try files.copyTokenizer(into: own)
    }

    /// - Parameter native: what changes the maps, in PEFT's own form of it; nil
    ///   for LoRA and whole modules.
    static func writeAdapter(
        of model: TrainedModel, native: PEFTNativeForm? = nil, base: String, into folder: ExportFolder
    ) throws(InputError) {
        var adapter = PEFTAdapter()
        if let native { adapter.set(native) }
        for component in model.configuration.components { component.exported.add(to: &adapter, of: model) }
        model.configuration.head.add(to: &adapter, of: model)
        adapter.addTheRest(of: model.network)
        try folder.write(
            adapter.tensors(folded: model.folded(), of: model.family),
            to: "adapter_model.safetensors")
        try folder.write(adapter.config(base: base, of: model), to: "adapter_config.json")
    }

    var loading: [String] {
        [
            "from peft import PeftModel",
            "from transformers import \(model.readRows.autoModel), AutoTokenizer",
            "",
            "base = \(hasOwnBase ? "folder + \"/base\"" : PythonText.literal(baseName))",
            "labels = \(PythonText.list(model.labels.isEmpty ? ["LABEL_0"] : model.labels))",
            model.loadingTokenizer(from: "base"),
            "model = \(model.readRows.autoModel).from_pretrained(",
            "    base, num_labels=len(labels), id2label=dict(enumerate(labels)), dtype=\"float32\")",
            "model = PeftModel.from_pretrained(model, folder).eval()",
        ]
    }

    var requirements: String { "transformers 5 and peft 0.21" }
    var library: String { "peft" }
}

extension TrainedModel {
    /// Whether PEFT holds it as virtual tokens.
    var hasVirtualTokens: Bool {
        configuration.components.contains { $0.exported.virtualTokens(of: self) != nil }
    }
}
