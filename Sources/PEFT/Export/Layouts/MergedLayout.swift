import Experiments

/// Full weights that the library transformers loads by itself.
struct MergedLayout: ExportLayout {
    static let name = "merged"
    let model: TrainedModel

    func write(into folder: ExportFolder) throws(InputError) {
        let files = TransformersFiles(model: model)
        try files.write(model.folded(), into: folder)
        try folder.write(files.config(), to: "config.json")
        try files.copyTokenizer(into: folder)
    }

    var loading: [String] {
        [
            "from transformers import \(model.readRows.autoModel), AutoTokenizer",
            "",
            model.loadingTokenizer(from: "folder"),
            "model = \(model.readRows.autoModel).from_pretrained(folder).eval()",
        ]
    }

    var requirements: String { "transformers 4.57 or 5" }
    var library: String { "transformers" }
}
