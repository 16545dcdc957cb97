/// What a trial reached at a rung, as a promotion may see it.
package struct RungResult: Sendable, Hashable {
    /// Of the trial.
    package var number: Int
    /// One entry per objective, to be made small; nil where one is missing.
    package var losses: [Double]?
    /// See `VisibleTrial`.
    package var violation: Double

    package init(number: Int, losses: [Double]?, violation: Double = 0) {
        self.number = number
        self.losses = losses
        self.violation = violation
    }
}
