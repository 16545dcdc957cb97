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
        task = TaskDefinition(
            kind: kind, train: train, validation: try Self.validation(&reader, folder), test: test,
            text: try Self.columns(&reader), label: try reader.string("label"),
            maximumLength: try reader.integer("max_length", in: 3...8192, default: 128))
        try reader.finish()
        if task.text.contains(task.label) {
            throw reader.error("label", "is also a column of text: the model would read its answer")
        }
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
