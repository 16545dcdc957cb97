import Experiments

/// Draws a few training examples for few-shot learning: a function of the
/// order of the file, the seed and the numbers alone. They keep their order.
struct TrainingDraw {
    /// The study's.
    let seed: UInt64
    /// Of the training file, for errors.
    let path: String
    let labels: [String]

    /// - Parameter stratum: the label of an element; nil where it has none.
    /// - Throws: where there are not as many.
    func draw<Element>(
        _ subset: TrainingSubset?, from elements: [Element], stratum: ((Element) -> Int)?
    ) throws(InputError) -> [Element] {
        switch subset {
        case nil: return elements
        case .examples(let count):
            guard elements.count >= count else {
                throw error("train_examples", "\(count) are wanted, \(elements.count) are left to train on")
            }
            return draw(count, of: [Array(elements.indices)], from: elements)
        case .perClass(let count):
            guard let stratum else {
                throw error("train_per_class", "the task has no classes", try: "train_examples: \(count)")
            }
            return try draw(count, perClassOf: elements, stratum)
        }
    }

    private func draw<Element>(
        _ count: Int, perClassOf elements: [Element], _ stratum: (Element) -> Int
    ) throws(InputError) -> [Element] {
        let byLabel = Dictionary(grouping: elements.indices) { stratum(elements[$0]) }
        for (label, name) in labels.enumerated() {
            let found = byLabel[label]?.count ?? 0
            guard found >= count else {
                let least = labels.indices.map { byLabel[$0]?.count ?? 0 }.min() ?? 0
                throw error(
                    "train_per_class",
                    "\(count) are wanted, \"\(name.prefix(80))\" has \(found) left to train on",
                    try: least > 0 ? "train_per_class: \(least)" : nil)
            }
        }
        return draw(count, of: byLabel.sorted { $0.key < $1.key }.map(\.value), from: elements)
    }

    private func draw<Element>(_ count: Int, of groups: [[Int]], from elements: [Element]) -> [Element] {
        var generator = SeededGenerator(seed: seed, purpose: "training subset")
        return groups.flatMap { generator.shuffled($0).prefix(count) }.sorted().map { elements[$0] }
    }

    private func error(_ key: String, _ reason: String, try suggestion: String? = nil) -> InputError {
        InputError("task", key: key, reason: "\(path): \(reason)", suggestion: suggestion)
    }
}
