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
}
