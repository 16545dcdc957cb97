import Experiments
import LinearAlgebra

/// The base model and an adapter for it in one folder: whoever wants the
/// finished model loads it without arguments, whoever wants the adapter has it.
struct SelfContainedLayout: ExportLayout {
    static let name = "self_contained"
    let model: TrainedModel

    func write(into folder: ExportFolder) throws(InputError) {
        let files = TransformersFiles(model: model)
        try files.write(baseTensors, into: folder)
        try folder.write(files.config(), to: "config.json")
        try files.copyTokenizer(into: folder)
        try PEFTLayout.writeAdapter(of: model, base: folder.destination, into: folder)
    }

    /// The base as it was, and the trained head, so that loading draws no
    /// random one that the adapter would replace.
    private var baseTensors: [String: Matrix] {
        let folded = model.folded()
        var tensors = model.base.weights.mapValues(\.matrix)
        if model.network.head.pooler == nil {
            tensors = tensors.filter { !$0.key.hasPrefix("\(model.base.family.head.pooler).") }
        }
        for (name, value) in folded where tensors[name] == nil { tensors[name] = value }
        return tensors
    }

    var loading: [String] {
        [
            "from transformers import \(model.readRows.autoModel), AutoTokenizer",
            "",
            model.loadingTokenizer(from: "folder"),
            "model = \(model.readRows.autoModel).from_pretrained(folder).eval()",
        ]
    }

    var requirements: String { "transformers 5 and peft 0.21" }
    var library: String { "peft" }
}
