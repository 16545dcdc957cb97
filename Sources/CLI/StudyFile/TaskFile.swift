import Experiments
import Foundation

/// The `task` part of a study file.
struct TaskFile {
    let task: TaskDefinition

    init(_ reader: JSONObjectReader, folder: URL) throws(InputError) {
        var reader = reader
        let kind: TaskDefinition.Kind = try reader.choice("kind", default: .classification)
        let train = try Self.file(reader.required("train", expected: "a path"), "train", reader, folder)
        let test = try reader.optional("test").map { value throws(InputError) in
            try Self.file(value, "test", reader, folder)
        }
        let (text, label) = try Self.columns(&reader, of: kind)
        task = TaskDefinition(
            kind: kind, train: train, validation: try Self.validation(&reader, folder), test: test,
            text: text, label: label,
            maximumLength: try reader.integer("max_length", in: 3...8192, default: 128),
            subset: try Self.subset(&reader, of: kind))
        try reader.finish()
        if task.text.contains(task.label) {
            throw reader.error("label", "is also a column of text: the model would read its answer")
        }
    }

    /// Files of tagged words have no names of columns.
    private static func columns(
        _ reader: inout JSONObjectReader, of kind: TaskDefinition.Kind
    ) throws(InputError) -> (text: [String], label: String) {
        guard kind == .tokenClassification else {
            return (try columns(&reader), try reader.string("label"))
        }
        for key in ["text", "label"] where reader.optional(key) != nil {
            throw reader.error(
                key, "the columns of a .conll file have no names: the first is the word, the last its tag",
                try: "the task without \(key)")
        }
        return (["token"], "tag")
    }

    private static func subset(
        _ reader: inout JSONObjectReader, of kind: TaskDefinition.Kind
    ) throws(InputError) -> TrainingSubset? {
        let subset = try TrainingSubset(&reader)
        if case .perClass(let count) = subset, kind != .classification {
            throw reader.error(
                "train_per_class", "a \(kind.rawValue) task has no classes to draw from",
                try: "train_examples: \(count)")
        }
        return subset
    }

    private static func validation(
        _ reader: inout JSONObjectReader, _ folder: URL
    ) throws(InputError) -> TaskDefinition.Validation {
        let value = try reader.required("validation", expected: "a path, or a share of train such as 0.1")
        guard let share = value.number else { return .file(try file(value, "validation", reader, folder)) }
        guard share > 0, share < 1 else {
            throw reader.error(
                "validation", "expected a path or a share between 0 and 1, found \(value.canonicalText)")
        }
        return .share(share)
    }

    private static func columns(_ reader: inout JSONObjectReader) throws(InputError) -> [String] {
        let value = try reader.required("text", expected: "a column, or a pair of columns")
        if let column = value.string, !column.isEmpty { return [column] }
        let columns = value.array?.compactMap(\.string) ?? []
        guard columns.count == value.array?.count, (1...2).contains(columns.count), !columns.contains("")
        else {
            throw reader.error(
                "text",
                "expected a column or a list of one or two columns, found \(JSONObjectReader.name(of: value))"
            )
        }
        return columns
    }

    private static func file(
        _ value: JSON, _ key: String, _ reader: JSONObjectReader, _ folder: URL
    ) throws(InputError) -> DataFile {
        DataFile(path: try StudyFile.path(value, key, reader, folder))
    }
}
