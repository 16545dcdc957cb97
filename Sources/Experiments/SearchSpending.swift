/// What a study's training has taken so far, by the store's clock; measuring
/// the test split does not count.
public struct SearchSpending: Sendable, Hashable {
    /// Seconds in which an attempt ran, pauses of under a minute between two
    /// attempts included. A longer pause is one in which the study did not run.
    public var wallSeconds: Double
    /// Of all attempts that have ended, failed and lost ones among them.
    public var endedSeconds: Double
    /// Of those that run now.
    public var runningSeconds: Double
    /// Of those among the ended that reported no energy.
    public var unmeteredSeconds: Double
    /// The sum of what attempts reported as `energy_joules`.
    public var meteredJoules: Double

    /// Spending as given; none by default.
    public init(
        wallSeconds: Double = 0, endedSeconds: Double = 0, runningSeconds: Double = 0,
        unmeteredSeconds: Double = 0, meteredJoules: Double = 0
    ) {
        self.wallSeconds = wallSeconds
        self.endedSeconds = endedSeconds
        self.runningSeconds = runningSeconds
        self.unmeteredSeconds = unmeteredSeconds
        self.meteredJoules = meteredJoules
    }

    /// What was reported, and for attempts that reported nothing their seconds
    /// at so many watts.
    public func joules(wattsPerSlot: Double) -> Double {
        meteredJoules + wattsPerSlot * (unmeteredSeconds + runningSeconds)
    }
}
