import Experiments

/// A point that may be proposed, with what an acquisition needs of it.
struct Candidate: Sendable {
    let point: SpacePoint
    let coordinates: [Double]
    /// An entry per objective: the loss, where it is known before it is tried.
    let known: [Double?]
    /// Of the bounds on exact costs.
    let violation: Double
    /// The logarithm of how likely its settings are without any trial.
    let belief: Double

    /// The same with the entries of some objectives alone.
    func keeping(_ axes: [Int]) -> Candidate {
        Candidate(
            point: point, coordinates: coordinates, known: axes.map { known[$0] }, violation: violation,
            belief: belief)
    }
}
