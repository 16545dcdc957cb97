import Experiments

/// Leaves the adapters of the lowest blocks out of training steps, of as many
/// blocks as it draws for the step (AdapterDrop's robust training, Rücklé et
/// al. 2021, arXiv 2010.11918, section 3).
final class AdapterDrop: TrainingRegulator {
    private let limit: Int
    private var adapters: [(adapter: BottleneckAdapter, layer: Int)] = []

    init(upTo limit: Int) { self.limit = limit }

    func add(_ adapter: BottleneckAdapter, in layer: Int) { adapters.append((adapter, layer)) }

    /// One draw for all passes of a step.
    func willPass(_ pass: Int, of step: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed, purpose: "adapter drop", UInt64(step))
        leaveOut(below: generator.index(below: limit + 1))
    }

    func didTrain() { leaveOut(below: 0) }

    private func leaveOut(below layer: Int) {
        for entry in adapters { entry.adapter.isLeftOut = entry.layer < layer }
    }
}
