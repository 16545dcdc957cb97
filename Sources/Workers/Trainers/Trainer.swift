/// What runs the attempts of one slot, one after the other.
package protocol Trainer: Sendable {
    /// Runs the session's request to its outcome.
    func train(_ session: TrainerSession) async -> TrainerOutcome
    /// Ends what it keeps running between attempts.
    func close() async
}

extension SlotTrainer: Trainer {}
