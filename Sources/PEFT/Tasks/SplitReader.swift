import Experiments

/// Makes a task's splits of what its files hold.
struct SplitReader<Element: Sendable & Hashable> {
    let task: TaskDefinition
    /// The study's.
    let seed: UInt64
    let labels: [String]
    /// The label that the validation share and the training subset are
    /// stratified by; nil where there is none.
    let stratum: ((Element) -> Int)?

    /// - Parameters:
    ///   - all: of the training file.
    ///   - read: a file's elements.
    func splits(
        train all: [Element], read: (DataFile) throws(InputError) -> [Element]
    ) throws(InputError) -> TaskSplits<Element> {
        try refuseEmpty(all, task.train)
        let (train, validation) = try divide(all, read)
        let test = try task.test.map { file throws(InputError) in try filled(file, read) }
        let subset = try TrainingDraw(seed: seed, path: task.train.path, labels: labels)
            .draw(task.subset, from: train, stratum: stratum)
        return TaskSplits(labels: labels, train: subset, validation: validation, test: test)
    }

    private func divide(
        _ all: [Element], _ read: (DataFile) throws(InputError) -> [Element]
    ) throws(InputError) -> (train: [Element], validation: [Element]) {
        switch task.validation {
        case .file(let file):
            return (all, try filled(file, read))
        case .share(let share):
            guard share > 0, share < 1 else {
                throw InputError(
                    "task.validation", reason: "expected a share between 0 and 1, found \(share)")
            }
            let split = ValidationSplit.divide(all, share: share, seed: seed, stratum: stratum ?? { _ in 0 })
            guard !split.validation.isEmpty else {
                throw InputError(
                    task.train.path,
                    reason: stratum == nil
                        ? "has one example, so none can be set aside for validation"
                        : "no label has two rows, so none can be set aside for validation")
            }
            return split
        }
    }

    private func filled(
        _ file: DataFile, _ read: (DataFile) throws(InputError) -> [Element]
    ) throws(InputError) -> [Element] {
        let elements = try read(file)
        try refuseEmpty(elements, file)
        return elements
    }

    private func refuseEmpty(_ elements: [Element], _ file: DataFile) throws(InputError) {
        guard elements.isEmpty else { return }
        throw InputError(
            file.path, reason: "has no \(task.kind == .tokenClassification ? "sentences" : "rows")")
    }
}
