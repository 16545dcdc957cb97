import Experiments

/// The file by which an export says where it comes from and how its texts are
/// read.
struct ExportRecord {
    static let fileName = "peft_search.json"

    /// As `ExportLayout.name`.
    let layout: String
    /// Empty for a regression.
    let labels: [String]
    /// The columns of the text, one or two.
    let text: [String]
    let maximumLength: Int
    /// Where the base model lay; of use where the folder has none.
    let base: String
    /// The rest, for readers.
    private let origin: [String: JSON]

    init(_ model: TrainedModel, layout: String) {
        let provenance = model.provenance
        self.layout = layout
        labels = model.labels
        text = provenance.task.text
        maximumLength = provenance.task.maximumLength
        base = model.folder.path
        origin = [
            "study": .string(provenance.study.name), "trial": JSON(provenance.trial),
            "parent": JSON(provenance.parent), "derivation": JSON(provenance.derivation),
            "seed": .integer(Int(clamping: provenance.seed)),
            "configuration": provenance.configuration.json, "artifact": .string(provenance.artifact),
            "compute_class": JSON(provenance.computeClass),
            "temperature": JSON(model.calibration?.temperature),
            "base_files": .object(provenance.model.files.mapValues(JSON.string)),
        ]
    }

    var json: JSON {
        .object(
            origin.merging([
                "version": 1, "layout": .string(layout), "labels": .array(labels.map(JSON.string)),
                "text": .array(text.map(JSON.string)), "max_length": .integer(maximumLength),
                "base": .string(base),
            ]) { $1 })
    }

    /// Reads the record of a folder, or nil where there is none.
    init?(in folder: String) throws(InputError) {
        let path = "\(folder)/\(Self.fileName)"
        guard RegularFile.exists(path) else { return nil }
        var reader = try JSONObjectReader(RegularFile(path: path).json(limit: 16 << 20), subject: path)
        guard try reader.integer("version", in: 1...1_000_000) == 1 else {
            throw reader.error("version", "expected 1: another release of this program wrote the folder")
        }
        layout = try reader.string("layout")
        labels = try reader.strings("labels")
        text = try reader.strings("text")
        maximumLength = try reader.integer("max_length", in: 3...8192)
        base = try reader.string("base")
        origin = [:]
        guard (1...2).contains(text.count), !text.contains("") else {
            throw reader.error("text", "expected one column or two")
        }
        guard labels.count != 1, Set(labels).count == labels.count else {
            throw reader.error("labels", "expected no labels or two or more, each once")
        }
    }
}
