public import Experiments

/// Loads the data of tasks.
public enum TaskData {
    /// Reads all files of a task, compares their hashes where they have one,
    /// gives the labels their ids and draws the validation share.
    /// - Parameter seed: the study's.
    public static func load(task: TaskDefinition, seed: UInt64) throws(InputError) -> ClassificationData {
        let rows = try DatasetReader.read(file: task.train, task: task)
        let labels = try LabelSet(of: rows, path: task.train.path)
        let all = try labels.examples(rows, path: task.train.path, column: task.label)
        let (train, validation) = try divide(all, task, labels, seed)
        let test = try task.test.map { file throws(InputError) in try read(file, task, labels) }
        return ClassificationData(labels: labels.labels, train: train, validation: validation, test: test)
    }

    private static func divide(
        _ examples: [Example], _ task: TaskDefinition, _ labels: LabelSet, _ seed: UInt64
    ) throws(InputError) -> (train: [Example], validation: [Example]) {
        switch task.validation {
        case .file(let file):
            return (examples, try read(file, task, labels))
        case .share(let share):
            guard share > 0, share < 1 else {
                throw InputError(
                    "task.validation", reason: "expected a share between 0 and 1, found \(share)")
            }
            let split = ValidationSplit.divide(examples, share: share, seed: seed)
            guard !split.validation.isEmpty else {
                throw InputError(
                    task.train.path, reason: "no label has two rows, so none can be set aside for validation")
            }
            return split
        }
    }

    private static func read(
        _ file: DataFile, _ task: TaskDefinition, _ labels: LabelSet
    ) throws(InputError) -> [Example] {
        let rows = try DatasetReader.read(file: file, task: task)
        return try labels.examples(rows, path: file.path, column: task.label)
    }
}
