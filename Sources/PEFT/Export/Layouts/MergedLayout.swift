import Experiments

/// Full weights that the library transformers loads by itself.
struct MergedLayout: ExportLayout {
    static let name = "merged"
    let model: TrainedModel

    func write(into folder: ExportFolder) throws(InputError) {
        let files = TransformersFiles(model: model)
        try files.write(model.network.folded(), into: folder)
        try folder.write(files.config(), to: "config.json")
        try files.copyTokenizer(into: folder)
    }

    var loading: [String] {
        [
            "from transformers import AutoModelForSequenceClassification, AutoTokenizer",
            "",
            "tokenizer = AutoTokenizer.from_pretrained(folder)",
            "model = AutoModelForSequenceClassification.from_pretrained(folder).eval()",
        ]
    }

    var requirements: String { "transformers 4.57 or 5" }
    var library: String { "transformers" }
}
