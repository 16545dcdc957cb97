import Experiments
import Foundation
import LinearAlgebra

/// The files of a model folder of the library transformers.
struct TransformersFiles {
    let model: TrainedModel

    /// What tokenizers consist of; those that the base has are copied.
    private static let tokenizerFiles = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.txt",
        "vocab.json", "merges.txt",
    ]

    /// The base's `config.json` for this task.
    /// - Parameter additions: members that are added.
    func config(_ additions: [String: JSON] = [:]) throws(InputError) -> JSON {
        let file = try RegularFile(path: "\(model.folder.path)/config.json")
        var members = try file.json(limit: 1 << 20).object ?? [:]
        let python = PythonModel(of: model.family)
        for key in ["_name_or_path", "auto_map", "torch_dtype", "num_labels", "problem_type"] {
            members[key] = nil
        }
        members["architectures"] = [.string(python.classifier(reading: model.readRows))]
        members["dtype"] = "float32"
        let isRegression = model.labels.isEmpty
        if model.readRows == .first {
            members["problem_type"] = .string(isRegression ? "regression" : "single_label_classification")
            members[python.headDropout] = .number(model.configuration.head.dropout)
        }
        let labels = (isRegression ? ["LABEL_0"] : model.labels).enumerated()
        members["id2label"] = .object(
            Dictionary(uniqueKeysWithValues: labels.map { ("\($0)", .string($1)) }))
        members["label2id"] = .object(Dictionary(uniqueKeysWithValues: labels.map { ($1, .integer($0)) }))
        return .object(members.merging(additions) { $1 })
    }

    /// Writes `model.safetensors`.
    /// - Parameters:
    ///   - tensors: by our names.
    ///   - others: by the names of the model in Python.
    func write(
        _ tensors: [String: Matrix], adding others: [String: Matrix] = [:], into folder: ExportFolder
    ) throws(InputError) {
        var named = others
        for (name, value) in tensors { named[model.family.transformersName(of: name)] = value }
        try folder.write(named, to: "model.safetensors")
    }

    func copyTokenizer(into folder: ExportFolder) throws(InputError) {
        for name in Self.tokenizerFiles where RegularFile.exists("\(model.folder.path)/\(name)") {
            try folder.copy("\(model.folder.path)/\(name)", as: name)
        }
    }
}
