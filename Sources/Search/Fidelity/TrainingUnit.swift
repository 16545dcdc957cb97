/// A unit of work: a trial trained to a rung from the one before.
package struct TrainingUnit: Sendable, Hashable {
    /// The trial's number.
    package var trial: Int
    /// From 0.
    package var rung: Int

    package init(trial: Int, rung: Int) {
        self.trial = trial
        self.rung = rung
    }
}
