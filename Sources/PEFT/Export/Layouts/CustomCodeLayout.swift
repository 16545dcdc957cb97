import Experiments

/// Full weights with a Python file that adds what they cannot hold, and the
/// same as adapters of AdapterHub's library where it can say it.
struct CustomCodeLayout: ExportLayout {
    static let name = "custom_code"
    private static let file = "modeling_peft_search"

    let model: TrainedModel

    /// The same network for the other library, in a folder within.
    var adapterHub: AdapterHubLayout? {
        model.configuration.exportFormats(for: model.family.name, task: model.provenance.task.kind)
            .contains(.adapterHub) && hasAdapters
            ? AdapterHubLayout(model: model, base: .enclosing) : nil
    }

    private var hasAdapters: Bool {
        model.configuration.components.contains {
            !$0.exported.codeTensors(of: model.family, model.base.shape).isEmpty
        }
    }

    func write(into folder: ExportFolder) throws(InputError) {
        let files = TransformersFiles(model: model)
        let code = CustomCode(model)
        try files.write(model.folded(), adding: code.tensors, into: folder)
        try folder.write(
            files.config([
                "architectures": [.string(code.className)],
                "auto_map": .object([
                    model.readRows.autoModel: .string("\(Self.file).\(code.className)")
                ]),
                "peft_search": ["parts": .array(code.parts)],
            ]), to: "config.json")
        try folder.write(code.text, to: "\(Self.file).py")
        try files.copyTokenizer(into: folder)
        if let adapterHub { try adapterHub.write(into: folder.subfolder(AdapterHubLayout.name)) }
    }

    var loading: [String] {
        [
            "from transformers import \(model.readRows.autoModel), AutoTokenizer",
            "",
            model.loadingTokenizer(from: "folder"),
            "model = \(model.readRows.autoModel).from_pretrained(folder, trust_remote_code=True).eval()",
        ]
    }

    var requirements: String {
        "transformers 4.57 or 5; it runs `\(Self.file).py` of this folder, which is short: read it"
    }
    var library: String { "transformers" }
}
