/// What runs the attempts of one slot, one after the other.
package protocol Trainer: Sendable {
    /// Runs the session's request to its outcome. Called where cancellation
    /// does not reach: the way to end it early is `TrainerSession.stop`.
    func train(_ session: TrainerSession) async -> TrainerOutcome
    /// Ends what the slot holds between attempts.
    func close() async
}
