package import Experiments

/// One line that an engine wrote to its standard output and that is not log.
package enum TrainerMessage: Sendable, Hashable {
    /// `{"report": {"step": 3, "metrics": {"loss": 0.4}}}`
    case report(Report)
    /// `{"result": {"metrics": {"accuracy": 0.9}}}`
    case result(TrialResult)
    /// `{"failure": {"reason": "invalid", "detail": "…"}}`
    case failure(TrialFailure)
    /// `{"exclusive": true}` asks for the machine alone, `false` gives it back.
    case exclusive(Bool)
}
