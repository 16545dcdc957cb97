package import Experiments

/// Trains a configuration as a super-network of its parts: four steps in turn
/// train all of it, its smallest part, and two that are drawn (the sandwich
/// rule of arXiv 1903.05134, spread over steps).
final class PartSampling: TrainingRegulator {
    private let configuration: Configuration
    private var updates: [(update: LowRankUpdate, place: Experiments.Parameter.Place)] = []
    private var adapters: [(adapter: BottleneckAdapter, place: Experiments.Parameter.Place)] = []

    init(_ configuration: Configuration) { self.configuration = configuration }

    func add(_ update: LowRankUpdate, at place: Experiments.Parameter.Place) {
        updates.append((update, place))
    }

    func add(_ adapter: BottleneckAdapter, at place: Experiments.Parameter.Place) {
        adapters.append((adapter, place))
    }

    /// One part for all passes of a step.
    func willPass(_ pass: Int, of step: Int, seed: UInt64) {
        switch step % 4 {
        case 0: act(as: nil)
        case 1: act(as: configuration.smallestPart)
        default:
            var generator = SeededGenerator(seed: seed, purpose: "part of a super-network", UInt64(step))
            act(as: configuration.drawnPart(&generator))
        }
    }

    func didTrain() { act(as: nil) }

    /// - Parameter part: nil is all of it.
    func act(as part: Configuration?) {
        let part = part ?? configuration
        let sizes = part.components.filter(Configuration.nests)
            .reduce(into: [:]) { $0.merge($1.value.sizes) { first, _ in first } }
        for entry in updates { entry.update.activeRank = sizes[entry.place] ?? 0 }
        for entry in adapters {
            entry.adapter.activeWidth = sizes[entry.place] ?? 0
            entry.adapter.isLeftOut = entry.adapter.activeWidth == 0
        }
    }
}

extension Transformer {
    /// Lets a part of a super-network act alone; nil is its whole.
    package func restrict(toPart part: Configuration?) {
        regulators.compactMap { $0 as? PartSampling }.forEach { $0.act(as: part) }
    }
}

extension Attachment {
    /// What trains the configuration as a super-network, if it is one.
    var partSampling: PartSampling? {
        guard configuration.training.sampling == .sandwich else { return nil }
        return regulator("part sampling") { PartSampling(configuration) }
    }
}
