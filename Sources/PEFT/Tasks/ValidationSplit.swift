import Experiments

/// Divides training examples into those that stay and those for validation.
///
/// A function of the order of the file, the seed and the share alone. Every
/// stratum (a label, or all examples) is divided for itself: `share` of its examples, rounded, go to
/// validation, but at least one goes and one stays where there are two.
enum ValidationSplit {
    static func divide<Element>(
        _ examples: [Element], share: Double, seed: UInt64, stratum: (Element) -> Int
    ) -> (train: [Element], validation: [Element]) {
        var generator = SeededGenerator(seed: seed, purpose: "validation split")
        let byStratum = Dictionary(grouping: examples.indices) { stratum(examples[$0]) }
        var isValidation = [Bool](repeating: false, count: examples.count)
        for (_, indices) in byStratum.sorted(by: { $0.key < $1.key }) where indices.count >= 2 {
            let wanted = Int((Double(indices.count) * share).rounded())
            let count = min(max(wanted, 1), indices.count - 1)
            for index in generator.shuffled(indices).prefix(count) { isValidation[index] = true }
        }
        return (
            examples.indices.filter { !isValidation[$0] }.map { examples[$0] },
            examples.indices.filter { isValidation[$0] }.map { examples[$0] }
        )
    }
}
