import Experiments
import Foundation

/// How far a configuration moves what its blocks compute in one step, by
/// component and in all.
///
/// Adam moves each weight by about the learning rate, so an update grows with
/// the rate, with the factor before the component, and with the square root of
/// its rank or width; relative to the rate that the method is known to want.
/// Many small updates go as far as a few large ones.
struct LearningPace: Sendable {
    private struct Pace: Sendable {
        let component: String
        let indices: [Int]
        /// The square root of every level of every size.
        let roots: [[Double]]
        let typicalRate: Double
    }

    /// Settings that multiply what a component adds or how fast it learns.
    private static let factors = ["alpha_over_rank", "scale", "learning_rate_scale"]

    private let paces: [Pace]

    init(_ layout: SpaceLayout) {
        paces = layout.components.map { name in
            let indices = layout.indices(of: name)
            return Pace(
                component: name, indices: indices,
                roots: indices.map { layout.sizes[$0].levels.map { ($0.number ?? 0).squareRoot() } },
                typicalRate: Component.method(named: name)?.typicalLearningRate ?? 1e-3)
        }
    }

    /// log10 of the paces, a unit for three orders of magnitude; 0 is what the
    /// method wants at one place of size 1, and nothing.
    /// - Parameter rate: the learning rate.
    func coordinates(
        of assignment: Assignment, pattern: SizePattern, rate: Double
    ) -> (whole: Double, components: [Double]) {
        var sum = 0.0
        let components = paces.map { pace in
            let size = zip(pace.indices, pace.roots).reduce(0) { $0 + $1.1[pattern[$1.0]] }
            guard size > 0 else { return 0.0 }
            let factor =
                Self.factors.lazy
                .compactMap { assignment["\(pace.component).\($0)"]?.number }.first ?? 1
            let own = size * factor * rate / pace.typicalRate
            sum += own
            return Self.coordinate(own)
        }
        return (Self.coordinate(sum), components)
    }

    private static func coordinate(_ pace: Double) -> Double { log10(max(pace, 1e-3)) / 3 }
}
