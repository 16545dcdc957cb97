public import Experiments

/// Loads the data of tasks: reads all files, compares their hashes where they
/// have one, draws the validation share and the training subset.
public enum TaskData {
    /// Of a classification.
    /// - Parameter seed: the study's.
    public static func classification(
        _ task: TaskDefinition, seed: UInt64
    ) throws(InputError) -> TaskSplits<Example<Int>> {
        let rows = try DatasetReader.read(file: task.train, task: task)
        let labels = try LabelSet(of: rows.lazy.map(\.label), path: task.train.path)
        let splitter = SplitReader<Example<Int>>(task: task, seed: seed, labels: labels.labels) { $0.label }
        return try splitter.splits(train: examples(rows, task.train, task, labels)) {
            file throws(InputError) in
            try examples(DatasetReader.read(file: file, task: task), file, task, labels)
        }
    }

    /// Of a regression.
    /// - Parameter seed: the study's.
    public static func regression(
        _ task: TaskDefinition, seed: UInt64
    ) throws(InputError) -> TaskSplits<Example<Double>> {
        let read = { (file: DataFile) throws(InputError) in
            try DatasetReader.read(file: file, task: task).map { row throws(InputError) in
                Example(text: row.text, pair: row.pair, label: try NumericLabel.value(of: row, file, task))
            }
        }
        return try SplitReader<Example<Double>>(task: task, seed: seed, labels: [], stratum: nil)
            .splits(train: read(task.train), read: read)
    }

    /// Of a token classification.
    /// - Parameter seed: the study's.
    public static func tokenClassification(
        _ task: TaskDefinition, seed: UInt64
    ) throws(InputError) -> TaskSplits<TaggedSentence> {
        let all = try DatasetReader.sentences(file: task.train, task: task)
        let tags = try LabelSet(of: all.lazy.flatMap(\.tags), path: task.train.path)
        let splitter = SplitReader<TaggedSentence>(task: task, seed: seed, labels: tags.labels, stratum: nil)
        return try splitter.splits(train: sentences(all, task.train, task, tags)) { file throws(InputError) in
            try sentences(DatasetReader.sentences(file: file, task: task), file, task, tags)
        }
    }

    private static func examples(
        _ rows: [Row], _ file: DataFile, _ task: TaskDefinition, _ labels: LabelSet
    ) throws(InputError) -> [Example<Int>] {
        try rows.map { row throws(InputError) in
            let id = try labels.id(of: row.label, path: file.path, line: row.line, column: task.label)
            return Example(text: row.text, pair: row.pair, label: id)
        }
    }

    private static func sentences(
        _ sentences: [SentenceRows], _ file: DataFile, _ task: TaskDefinition, _ tags: LabelSet
    ) throws(InputError) -> [TaggedSentence] {
        try sentences.map { sentence throws(InputError) in
            var ids: [Int] = []
            for (offset, tag) in sentence.tags.enumerated() {
                let line = sentence.line + offset
                ids.append(try tags.id(of: tag, path: file.path, line: line, column: task.label))
            }
            return TaggedSentence(words: sentence.words, tags: ids)
        }
    }
}
