import Experiments
import Foundation

/// Reads a task's files and tokenizes them.
struct TaskEncoder {
    let task: TaskDefinition
    /// The study's.
    let seed: UInt64
    let tokenizer: Tokenizer

    func encoded() throws(InputError) -> EncodedTask {
        let threads = ProcessInfo.processInfo.activeProcessorCount
        let length = task.maximumLength
        switch task.kind {
        case .classification:
            return try encoded(TaskData.classification(task, seed: seed)) {
                EncodedSplit($0, tokenizer: tokenizer, maximumLength: length, threads: threads)
            }
        case .regression:
            return try encoded(TaskData.regression(task, seed: seed)) {
                EncodedSplit($0, tokenizer: tokenizer, maximumLength: length, threads: threads)
            }
        case .tokenClassification:
            return try encoded(TaskData.tokenClassification(task, seed: seed)) {
                EncodedSplit($0, tokenizer: tokenizer, maximumLength: length, threads: threads)
            }
        }
    }

    private func encoded<Element>(
        _ splits: TaskSplits<Element>, _ encode: ([Element]) -> EncodedSplit
    ) throws(InputError) -> EncodedTask {
        let task = EncodedTask(
            kind: task.kind, labels: splits.labels, train: encode(splits.train),
            validation: encode(splits.validation), test: splits.test.map(encode))
        guard let task else {
            throw InputError(
                self.task.train.path, key: self.task.label,
                reason: "the training labels are all the same number: there is nothing to learn")
        }
        return task
    }
}
